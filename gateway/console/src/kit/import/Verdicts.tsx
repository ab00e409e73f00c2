/** What became of the rows, by verdict and in file order; the reason of a refused one stands at its field. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Button, Segmented } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import type { Row } from "@api/records";
import { call } from "@api/transport";
import { usePrefs } from "@app/prefs";
import { count } from "../format";
import { useLabels } from "../labels";
import { Empty, Failed, Loading } from "../states";
import { Nothing, StateTag } from "../values";
import { type ImportKind, running } from "./kind";
import "../record/record.css";

interface Verdict {
  line: number;
  verdict: string;
  subject_id: string;
  field: string;
  reason: string;
  message: string;
}

interface Answer {
  rows?: Verdict[];
  next_page_token?: string;
}

export function Verdicts({ kind, job }: { kind: ImportKind; job: Row }) {
  const { t } = useTranslation("kit");
  const { t: own } = useTranslation(kind.namespace);
  const { language } = usePrefs();
  const names = useLabels(kind.recordNamespace);
  const [params, setParams] = useSearchParams();
  const ended = !running(job);
  const counted = kind.verdicts.map((each) => ({ ...each, n: Number(job[each.counter] ?? 0) })).filter((each) => each.n > 0);
  const verdict = params.get("verdict") ?? (job.error_count > 0 ? "error" : "");
  const found = useInfiniteQuery({
    queryKey: [kind.jobs.schema, "rows", job.id, verdict],
    queryFn: ({ pageParam, signal }) => call<Answer>("GET", `${kind.jobs.path}/${job.id}/rows`, { query: { verdict, page_size: 100, page_token: pageParam }, signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_page_token || undefined,
    enabled: ended,
  });
  if (!ended) return null;
  const rows = found.data?.pages.flatMap((page) => page.rows ?? []) ?? [];
  const tone = (name: string) => kind.verdicts.find((each) => each.verdict === name)?.tone ?? "idle";
  const choose = (next: string) => setParams((before) => { before.set("verdict", next); return before; }, { replace: true });
  return (
    <section className="crm-panel" aria-label={t("import.rows")}>
      <div className="crm-panel-head"><h2>{t("import.rows")}</h2></div>
      <div className="crm-verdict-filter">
        <Segmented size="small" aria-label={t("import.by_verdict")} value={verdict} onChange={choose} options={[{ value: "", label: t("timeline.all") }, ...counted.map((each) => ({ value: each.verdict, label: `${own(`values.verdict.${each.verdict}`)} ${count(language, each.n)}` }))]} />
      </div>
      {found.isPending ? <Loading /> : found.isError ? <Failed error={found.error} retry={() => void found.refetch()} /> : rows.length === 0 ? <Empty title={t("import.no_rows")} /> : (
        <>
          <table className="crm-verdicts">
            <thead><tr><th scope="col">{t("import.line")}</th><th scope="col">{t("import.verdict")}</th><th scope="col">{t("import.field")}</th><th scope="col">{t("import.reason")}</th></tr></thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.line}>
                  <td className="crm-number">{row.line}</td>
                  <td><StateTag tone={tone(row.verdict)}>{own(`values.verdict.${row.verdict}`)}</StateTag></td>
                  <td>{row.field ? names.label(row.field) : <Nothing />}</td>
                  <td>{row.message || (row.subject_id ? <Link to={kind.records.page(row.subject_id)}>{t("import.open_record")}</Link> : <Nothing />)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {found.hasNextPage ? <Button block loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{t("table.more")}</Button> : null}
        </>
      )}
    </section>
  );
}
