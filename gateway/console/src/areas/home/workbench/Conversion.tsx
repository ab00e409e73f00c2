/** How far the leads of the last 90 days came, as the cohort report counts it: of each stage, what share reached the next. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { answer, api } from "@api/client";
import { usePrefs } from "@app/prefs";
import { count } from "@kit/format";
import { Failed, Loading } from "@kit/states";
import { DateTime } from "@kit/values";

const DAYS = 90;
const NAME = "lead_funnel_cohort";

const dayOf = (offset: number): string => new Date(Date.now() + offset * 86_400_000).toLocaleDateString("en-CA");

export function Conversion() {
  const { t } = useTranslation("workbench");
  const { language } = usePrefs();
  // The report's last day does not count.
  const [from, to] = [dayOf(1 - DAYS), dayOf(1)];
  const found = useQuery({ queryKey: ["reporting.Result", NAME, from, to, language], queryFn: () => answer(api.GET("/v1/reports/{name}:run", { params: { path: { name: NAME }, query: { from_date: from, to_date: to } } })), staleTime: 60_000 });
  const columns = (found.data?.columns ?? []).map((column) => column.name);
  const rows = (found.data?.rows ?? []).map((row) => {
    const values = (row.values ?? []) as (string | number | null)[];
    const cell = (name: string) => values[columns.indexOf(name)];
    return { stage: String(cell("stage")), reached: Number(cell("reached")), rate: cell("step_rate") };
  });
  const most = Math.max(1, ...rows.map((row) => row.reached));
  return (
    <section className="crm-panel workbench-pipeline" aria-label={t("conversion", { days: DAYS })}>
      <div className="crm-panel-head">
        <h2>{t("conversion", { days: DAYS })}</h2>
        <Link to={`/app/analytics/reports/${NAME}`}>{t("report")}</Link>
      </div>
      {found.isPending ? <Loading rows={4} /> : found.isError ? <Failed error={found.error} retry={() => void found.refetch()} /> : rows.every((row) => row.reached === 0) ? <p className="crm-short-empty">{t("conversion_none")}</p> : (
        <>
          <table>
            <thead><tr><th scope="col">{t("reached_stage")}</th><th scope="col">{t("reached")}</th><th scope="col" aria-hidden="true" /><th scope="col">{t("step_rate")}</th></tr></thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.stage}>
                  <th scope="row">{t(`reached_stages.${row.stage}`, { defaultValue: row.stage })}</th>
                  <td className="crm-number">{count(language, row.reached)}</td>
                  <td aria-hidden="true"><span className="workbench-bar" style={{ inlineSize: `${(100 * row.reached) / most}%` }} /></td>
                  <td className="crm-number">{typeof row.rate === "number" ? row.rate.toLocaleString(language, { style: "percent", maximumFractionDigits: 1 }) : ""}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <p className="workbench-fresh">{t("fresh")} <DateTime value={found.data.fresh_as_of} mode="relative" /></p>
        </>
      )}
    </section>
  );
}
