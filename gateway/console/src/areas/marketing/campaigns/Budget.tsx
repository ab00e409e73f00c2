/** What may be spent on what, what is promised and spent already, and each cost as it was recorded. */
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
import { money } from "@kit/format";
import { PlainTable } from "@kit/PlainTable";
import { Failed, Loading } from "@kit/states";
import { Amount, Day, PersonName } from "@kit/values";

export interface BudgetLine {
  category: string;
  planned: string;
  committed?: string;
  actual?: string;
}

export function Budget({ campaign, onEdit }: { campaign: Row; onEdit: () => void }) {
  const { t } = useTranslation("campaigns");
  const { language } = usePrefs();
  const { can } = useAccess();
  const costs = useQuery({
    queryKey: ["marketing.CampaignCost", campaign.id],
    queryFn: () => answer(api.GET("/v1/campaigns/{campaign_id}/costs", { params: { path: { campaign_id: campaign.id }, query: { page_size: 100 } } })),
  });
  const currency = String(campaign.currency ?? "");
  const lines = useMemo(() => (campaign.budget_lines ?? []) as BudgetLine[], [campaign.budget_lines]);
  const name = useMemo(() => (category: string) => t(`categories.${category}`, { defaultValue: category }), [t]);
  const series = useMemo(() => (["planned", "committed", "actual"] as const).map((part) => ({ name: t(`budget.${part}`), values: lines.map((line) => Number(line[part] || 0)) })), [t, lines]);
  const categories = useMemo(() => lines.map((line) => name(line.category)), [lines, name]);
  const format = useMemo(() => (value: number) => money(language, String(value), currency, true), [language, currency]);
  const change = can("marketing.campaign.update") && !["SETTLED", "CANCELLED"].includes(campaign.state);
  return (
    <div className="campaign-part">
      <div className="crm-panel-head"><h2>{t("budget.title")}</h2>{change ? <Button size="small" icon={<EditOutlined />} onClick={onEdit}>{t("budget.edit")}</Button> : null}</div>
      {lines.length > 0 ? <ChartWithTable title={t("budget.chart")} kind="bar" categories={categories} series={series} format={format} /> : <p className="campaign-quiet">{t("budget.none")}</p>}
      <div className="crm-panel-head"><h2>{t("costs.title")}</h2></div>
      {costs.isPending ? <Loading rows={3} /> : costs.isError ? <Failed error={costs.error} retry={() => void costs.refetch()} /> : costs.data.costs?.length ? (
        <PlainTable caption={t("costs.title")} rows={costs.data.costs} rowKey={(cost) => cost.id ?? ""} columns={[
          { key: "date", title: t("fields.cost_date"), render: (cost) => <Day value={cost.cost_date} /> },
          { key: "category", title: t("fields.category"), render: (cost) => <>{name(cost.category ?? "")}{cost.note ? <small>{cost.note}</small> : null}</> },
          { key: "amount", title: t("fields.amount"), align: "end", render: (cost) => <Amount value={cost.amount} /> },
          { key: "reference", title: t("fields.external_reference"), render: (cost) => cost.external_reference },
          { key: "actor", title: t("costs.by"), render: (cost) => <PersonName id={cost.actor_id} /> },
        ]} />
      ) : <p className="campaign-quiet">{t("costs.none")}</p>}
    </div>
  );
}
