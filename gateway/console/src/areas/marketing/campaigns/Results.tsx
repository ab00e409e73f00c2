/** What a campaign achieved: figures, the way from people reached to deals won as chart or table, its goals, its return. */
import { EditOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@api/client";
import type { Row } from "@api/records";
import { useAccess } from "@app/access";
import { usePrefs } from "@app/prefs";
import { ChartWithTable } from "@kit/chart/ChartWithTable";
import { count } from "@kit/format";
import { PlainTable } from "@kit/PlainTable";
import { Failed, Loading } from "@kit/states";
import { Amount, Nothing } from "@kit/values";

const STEPS = ["reached", "responded", "leads", "valid_leads", "opportunities", "won"] as const;

export function Results({ campaign, onGoals }: { campaign: Row; onGoals: () => void }) {
  const { t } = useTranslation("campaigns");
  const { language } = usePrefs();
  const { can } = useAccess();
  const found = useQuery({
    queryKey: ["marketing.CampaignResults", campaign.id],
    queryFn: () => answer(api.GET("/v1/campaigns/{id}/results", { params: { path: { id: campaign.id }, query: { include_parts: true } } })),
  });
  const results = found.data;
  const series = useMemo(() => [{ name: t("results.count"), values: STEPS.map((step) => Number(results?.[step] ?? 0)) }], [t, results]);
  const steps = useMemo(() => STEPS.map((step) => t(`results.${step}`)), [t]);
  const format = useMemo(() => (value: number) => count(language, value), [language]);
  if (found.isPending) return <Loading />;
  if (!results) return <Failed error={found.error} retry={() => void found.refetch()} />;
  const amounts = (values: { amount?: string; currency?: string }[] = []) => (values.length > 0 ? values.map((value) => <span key={value.currency}><Amount value={value} /> </span>) : <Nothing />);
  const change = can("marketing.campaign.update") && !["SETTLED", "CANCELLED"].includes(campaign.state);
  return (
    <div className="campaign-part">
      <dl className="campaign-figures">
        <div><dt>{t("results.revenue")}</dt><dd>{amounts(results.revenue)}</dd></div>
        <div><dt>{t("results.cost")}</dt><dd>{amounts(results.cost)}</dd></div>
        <div><dt>{t("results.roi")}</dt><dd className="crm-number">{results.roi_percent ? `${count(language, Number(results.roi_percent))}%` : <span className="campaign-quiet">{t(`results.absent.${results.roi_absent_reason || "NO_COST"}`)}</span>}</dd></div>
        <div><dt>{t("results.cost_per_lead")}</dt><dd><Amount value={results.cost_per_lead} /></dd></div>
        <div><dt>{t("results.cost_per_valid_lead")}</dt><dd><Amount value={results.cost_per_valid_lead} /></dd></div>
      </dl>
      {Number(results.won_without_amount) > 0 ? <p className="campaign-quiet">{t("results.won_without_amount", { count: Number(results.won_without_amount) })}</p> : null}
      <ChartWithTable title={t("results.way")} kind="bar" categories={steps} series={series} format={format} />
      <div className="crm-panel-head"><h2>{t("goals.title")}</h2>{change ? <Button size="small" icon={<EditOutlined />} onClick={onGoals}>{t("goals.edit")}</Button> : null}</div>
      {results.goals?.length ? (
        <PlainTable caption={t("goals.title")} rows={results.goals} rowKey={(goal) => goal.metric ?? ""} columns={[
          { key: "metric", title: t("goals.metric"), render: (goal) => t(`results.${goal.metric}`) },
          { key: "target", title: t("goals.target"), align: "end", render: (goal) => count(language, Number(goal.target)) },
          { key: "actual", title: t("goals.actual"), align: "end", render: (goal) => count(language, Number(goal.actual)) },
          { key: "percent", title: t("goals.percent"), align: "end", render: (goal) => `${count(language, Number(goal.percent))}%` },
        ]} />
      ) : <p className="campaign-quiet">{t("goals.none")}</p>}
    </div>
  );
}
