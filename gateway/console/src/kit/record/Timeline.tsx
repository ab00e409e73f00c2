/**
 * What happened, newest first, from any number of sources merged by the page:
 * `<Timeline entries={[{ id, time, kind: "call", title, body, actor, icon }]} kinds={{ call: t("…") }} />`.
 */
import { Segmented } from "antd";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { usePrefs } from "@app/prefs";
import { Empty, Failed, Loading } from "../states";
import { DateTime, PersonName } from "../values";
import "./record.css";

export interface Entry {
  id: string;
  time: string;
  kind: string;
  title: ReactNode;
  body?: ReactNode;
  actor?: string;
  icon?: ReactNode;
}

interface Props {
  entries: Entry[] | undefined;
  /** Names of the kinds; more than one becomes a filter. */
  kinds: Record<string, string>;
  error?: unknown;
  retry?: () => void;
  action?: ReactNode;
}

export function Timeline({ entries, kinds, error, retry, action }: Props) {
  const { t } = useTranslation("kit");
  const { language } = usePrefs();
  const [kind, setKind] = useState("");
  const shown = (entries ?? []).filter((entry) => !kind || entry.kind === kind).sort((a, b) => b.time.localeCompare(a.time));
  const present = Object.keys(kinds).filter((each) => entries?.some((entry) => entry.kind === each));
  const day = (iso: string) => new Date(iso).toLocaleDateString(language, { month: "long", day: "numeric", weekday: "short" });
  return (
    <>
      <div className="crm-panel-head">
        <h2>{t("record.timeline")}</h2>
        {action}
      </div>
      {present.length > 1 ? <Segmented size="small" aria-label={t("timeline.filter")} value={kind} onChange={setKind} options={[{ value: "", label: t("timeline.all") }, ...present.map((each) => ({ value: each, label: kinds[each] }))]} /> : null}
      {error ? <Failed error={error} retry={retry} /> : entries === undefined ? <Loading /> : shown.length === 0 ? <Empty title={t("timeline.empty")} /> : null}
      <ol className="crm-timeline">
        {shown.map((entry, index) => (
          <li key={entry.id}>
            {index === 0 || day(entry.time) !== day(shown[index - 1]?.time ?? "") ? <p className="crm-timeline-day">{day(entry.time)}</p> : null}
            <div className="crm-timeline-entry">
              <span className="crm-timeline-icon" aria-hidden="true">{entry.icon}</span>
              <div>
                <p className="crm-timeline-title">{entry.title}</p>
                {entry.body ? <div className="crm-timeline-body">{entry.body}</div> : null}
                <p className="crm-timeline-foot">{entry.actor ? <PersonName id={entry.actor} /> : null}<DateTime value={entry.time} mode="relative" /></p>
              </div>
            </div>
          </li>
        ))}
      </ol>
    </>
  );
}
