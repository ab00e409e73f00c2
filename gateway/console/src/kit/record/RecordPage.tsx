/**
 * The page of one record: facts left, timeline in the middle, what belongs to it right; one column on a phone.
 * `<RecordPage title={…} state={<StateTag …/>} above={number} verbs={<Verbs … />} facts={<Facts … />}
 *   timeline={<Timeline … />} related={<Related title=…>…</Related>} highlights={[{ label, value }]} />`.
 */
import { ArrowLeftOutlined } from "@ant-design/icons";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useShortcut } from "@app/shortcuts";
import { useNavigate } from "react-router";
import { PageHeader } from "../PageHeader";
import "./record.css";

interface Props {
  title: string;
  above?: ReactNode;
  state?: ReactNode;
  verbs?: ReactNode;
  highlights?: { label: string; value: ReactNode }[];
  /** What needs the whole width, above the columns: the lines of a quote. */
  body?: ReactNode;
  facts: ReactNode;
  timeline?: ReactNode;
  related?: ReactNode;
  /** Where Esc and the arrow lead: the list this record stands in. */
  back: string;
}

export function RecordPage({ title, above, state, verbs, highlights = [], body, facts, timeline, related, back }: Props) {
  const { t } = useTranslation("kit");
  const navigate = useNavigate();
  useShortcut("escape", () => navigate(back), "back");
  return (
    <div className="crm-record" data-columns={1 + Number(Boolean(timeline)) + Number(Boolean(related))}>
      <PageHeader
        title={title}
        above={<Link to={back} className="crm-back" aria-label={t("record.back")} title={t("record.back")}><ArrowLeftOutlined /></Link>}
        aside={<span className="crm-record-aside">{above ? <span className="crm-record-number">{above}</span> : null}{state}</span>}
        actions={verbs}
      />
      {highlights.length > 0 ? (
        <dl className="crm-highlights">
          {highlights.map(({ label, value }) => (
            <div key={label}><dt>{label}</dt><dd>{value}</dd></div>
          ))}
        </dl>
      ) : null}
      {body}
      <div className="crm-record-columns">
        <section className="crm-panel" aria-label={t("record.facts")}>{facts}</section>
        {timeline ? <section className="crm-panel" aria-label={t("record.timeline")}>{timeline}</section> : null}
        {related ? <aside className="crm-record-related" aria-label={t("record.related")}>{related}</aside> : null}
      </div>
    </div>
  );
}

/** A titled box in the right column. */
export function Related({ title, action, children }: { title: string; action?: ReactNode; children: ReactNode }) {
  return (
    <section className="crm-panel">
      <div className="crm-panel-head"><h2>{title}</h2>{action}</div>
      {children}
    </section>
  );
}
