/**
 * The first few records of a list, for a workbench: `<ShortList resource={leads} title filter order_by to="/app/…"
 * second={(lead) => lead.company} aside={(lead) => <DateTime … />} empty={t("…")} />`; "All" leads to the list itself.
 */
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { ReactNode } from "react";
import { type Resource, type Row, useRecords } from "@api/records";
import { usePrefs } from "@app/prefs";
import { count } from "../format";
import { Failed, Loading } from "../states";
import "../record/record.css";
import "./shortlist.css";

interface Props {
  resource: Resource;
  title: string;
  filter: string;
  order_by?: string;
  /** The list these records stand in. */
  to: string;
  rows?: number;
  first?: (row: Row) => ReactNode;
  second?: (row: Row) => ReactNode;
  aside?: (row: Row) => ReactNode;
  empty: string;
}

export function ShortList({ resource, title, filter, order_by, to, rows = 6, first = resource.title, second, aside, empty }: Props) {
  const { t } = useTranslation("kit");
  const { language } = usePrefs();
  const found = useRecords(resource, { filter, order_by, page_size: rows, count: resource.plain ? undefined : "COUNT_MODE_CAPPED" });
  const page = found.data?.pages[0];
  const total = page?.total ?? -1;
  return (
    <section className="crm-panel crm-short" aria-label={title}>
      <div className="crm-panel-head">
        <h2>{title}{total > 0 ? <span className="crm-short-count">{total > 10_000 ? "10,000+" : count(language, total)}</span> : null}</h2>
        <Link to={to} aria-label={t("short.all_of", { name: title })}>{t("short.all")}</Link>
      </div>
      {found.isPending ? <Loading rows={4} /> : found.isError ? <Failed error={found.error} retry={() => void found.refetch()} /> : page?.rows.length === 0 ? <p className="crm-short-empty">{empty}</p> : (
        <ul>
          {page?.rows.map((row) => (
            <li key={row.id}>
              <span><Link to={resource.page(row.id)}>{first(row) || row.number}</Link>{second ? <small>{second(row)}</small> : null}</span>
              {aside ? <span className="crm-short-aside">{aside(row)}</span> : null}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
