/** Satisfaction of the last 90 days as the report counts it, and how many answers gave each score. */
import { useQueries, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { surveyAnswers } from "@api/catalogue";
import { answer, api } from "@api/client";
import { listPage } from "@api/records";
import { useAccess } from "@app/access";
import { usePrefs } from "@app/prefs";
import { count } from "@kit/format";
import { DateTime } from "@kit/values";
import { Score, SCORES } from "./Score";
import "@kit/form.css";
import "@kit/record/record.css";

const DAYS = 90;
const FIGURES = [["mean_score", { maximumFractionDigits: 2 }], ["csat", { style: "percent", maximumFractionDigits: 1 }], ["response_rate", { style: "percent", maximumFractionDigits: 1 }], ["answers", {}]] as const;

const dayOf = (offset: number): string => new Date(Date.now() + offset * 86_400_000).toLocaleDateString("en-CA");

export function Figures() {
  const { t } = useTranslation("feedback");
  const { can } = useAccess();
  const { language } = usePrefs();
  // The report's last day does not count.
  const [from, to] = [dayOf(1 - DAYS), dayOf(1)];
  const report = useQuery({ queryKey: ["reporting.Result", "csat", from, to, language], queryFn: () => answer(api.GET("/v1/reports/{name}:run", { params: { path: { name: "csat" }, query: { from_date: from, to_date: to } } })), enabled: can("reporting.report.get"), staleTime: 60_000 });
  const counts = useQueries({ queries: SCORES.map((score) => ({ queryKey: [surveyAnswers.schema, "count", score, from], queryFn: ({ signal }: { signal: AbortSignal }) => listPage(surveyAnswers, { filter: `score = ${score} AND answer_time >= "${from}T00:00:00Z"`, page_size: 1, count: "COUNT_MODE_CAPPED" }, "", signal) })) });
  const values = (report.data?.rows?.[0]?.values ?? []) as (number | null)[];
  const at = (name: string) => values[(report.data?.columns ?? []).findIndex((column) => column.name === name)];
  const totals = counts.map((each) => each.data?.total ?? 0);
  const most = Math.max(1, ...totals);
  if (totals.every((each) => each === 0)) return null;
  return (
    <section className="crm-panel feedback-figures" aria-label={t("figures.title", { days: DAYS })}>
      <div>
        <div className="crm-panel-head"><h2>{t("figures.title", { days: DAYS })}</h2>{report.data ? <Link to="/app/analytics/reports/csat">{t("figures.report")}</Link> : null}</div>
        {report.data ? (
          <>
            <dl>{FIGURES.map(([name, format]) => <div key={name}><dt>{t(`figures.${name}`)}</dt><dd className="crm-number">{typeof at(name) === "number" ? (at(name) as number).toLocaleString(language, format) : "–"}</dd></div>)}</dl>
            <p className="feedback-fresh crm-muted"><small>{t("figures.fresh")} <DateTime value={report.data.fresh_as_of} mode="relative" /></small></p>
          </>
        ) : null}
      </div>
      <table className="feedback-shares">
        <caption className="crm-hidden">{t("figures.shares")}</caption>
        <tbody>
          {SCORES.map((score, index) => {
            const total = totals[index] ?? 0;
            return <tr key={score}><th scope="row"><Score score={score} /></th><td aria-hidden="true"><span className="feedback-bar" style={{ inlineSize: `${(100 * total) / most}%` }} /></td><td className="crm-number">{count(language, total)}</td></tr>;
          }).reverse()}
        </tbody>
      </table>
    </section>
  );
}
