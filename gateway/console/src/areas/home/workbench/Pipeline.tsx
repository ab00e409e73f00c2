/** The open pipeline by stage as the reporting service counts it for this reader, with its freshness. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { answer, api } from "@api/client";
import { usePrefs } from "@app/prefs";
import { count, money } from "@kit/format";
import { Failed, Loading } from "@kit/states";
import { DateTime } from "@kit/values";

export function Pipeline() {
  const { t } = useTranslation("workbench");
  const { language } = usePrefs();
  const found = useQuery({ queryKey: ["reporting.Result", "pipeline_by_stage", "workbench", language], queryFn: () => answer(api.GET("/v1/reports/{name}:run", { params: { path: { name: "pipeline_by_stage" } } })), staleTime: 60_000 });
  const columns = (found.data?.columns ?? []).map((column) => column.name);
  const cell = (row: { values?: unknown }, name: string) => ((row.values ?? []) as (string | number)[])[columns.indexOf(name)];
  // Currencies are never mixed: one after the other, each against its own longest bar.
  const rows = [...(found.data?.rows ?? [])].sort((one, other) => String(cell(one, "currency")).localeCompare(String(cell(other, "currency"))));
  const most = (currency: unknown) => Math.max(1, ...rows.filter((row) => cell(row, "currency") === currency).map((row) => Number(cell(row, "value"))));
  return (
    <section className="crm-panel workbench-pipeline" aria-label={t("pipeline")}>
      <div className="crm-panel-head">
        <h2>{t("pipeline")}</h2>
        <Link to="/app/analytics/reports/pipeline_by_stage">{t("report")}</Link>
      </div>
      {found.isPending ? <Loading rows={4} /> : found.isError ? <Failed error={found.error} retry={() => void found.refetch()} /> : rows.length === 0 ? <p className="crm-short-empty">{t("pipeline_none")}</p> : (
        <>
          <table>
            <thead><tr><th scope="col">{t("stage")}</th><th scope="col">{t("deals")}</th><th scope="col" aria-hidden="true" /><th scope="col">{t("value")}</th></tr></thead>
            <tbody>
              {rows.map((row, at) => {
                const currency = String(cell(row, "currency"));
                return (
                  <tr key={at}>
                    <th scope="row">{cell(row, "stage_name")}</th>
                    <td className="crm-number">{count(language, Number(cell(row, "deals")))}</td>
                    <td aria-hidden="true"><span className="workbench-bar" style={{ inlineSize: `${(100 * Number(cell(row, "value"))) / most(currency)}%` }} /></td>
                    <td className="crm-number" title={money(language, String(cell(row, "value")), currency)}>{money(language, String(cell(row, "value")), currency, true)}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
          <p className="workbench-fresh">{t("fresh")} <DateTime value={found.data?.fresh_as_of} mode="relative" /></p>
        </>
      )}
    </section>
  );
}
