/** The deals of the list by stage; moving one asks what the stage needs, losing one asks why. */
import { ClockCircleOutlined } from "@ant-design/icons";
import { Select } from "antd";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { type Row, useRecords } from "@api/records";
import { customers, opportunities } from "@api/resources";
import type { ListState } from "@kit/list/state";
import { useName } from "@kit/names";
import { Failed, Loading } from "@kit/states";
import { Amount, Day, PersonName } from "@kit/values";
import { isRotting } from "./OpportunityState";
import { usePipelines } from "./pipeline";
import { useStageMove } from "./useStageMove";
import "./opportunities.css";

const Board = lazy(() => import("@kit/board/Board").then((module) => ({ default: module.Board })));

export function OpportunityBoard({ state }: { state: ListState }) {
  const { t } = useTranslation("opportunities");
  const pipelines = usePipelines();
  const [chosen, choose] = useState("");
  const deals = useRecords(opportunities, { filter: state.filter, order_by: state.order, search: state.search, page_size: 200 });
  const { move, takeBack, dialog } = useStageMove();
  const pipeline = pipelines.data?.find((each) => each.id === chosen) ?? pipelines.data?.find((each) => each.isDefault) ?? pipelines.data?.[0];
  if (pipelines.isPending || deals.isPending) return <Loading rows={8} />;
  if (!pipeline || deals.isError) return <Failed error={pipelines.error ?? deals.error} retry={() => void deals.refetch()} />;
  const rows = deals.data.pages.flatMap((page) => page.rows).filter((deal) => deal.pipeline_id === pipeline.id);
  const columns = pipeline.stages.map((stage) => {
    const own = rows.filter((deal) => deal.stage === stage.code);
    return { id: stage.code, title: stage.name, total: own.length, sum: sumOf(own), hint: stage.status === "OPEN" ? `${stage.probability}%` : undefined };
  });
  return (
    <>
      {(pipelines.data ?? []).length > 1 ? <Select className="deal-pipeline" aria-label={t("fields.pipeline_id")} value={pipeline.id} onChange={choose} options={pipelines.data?.map((each) => ({ value: each.id, label: each.name }))} /> : null}
      <Suspense fallback={<Loading />}>
        <Board name={t("title")} columns={columns} cards={rows} columnOf={(deal) => String(deal.stage)} title={(deal) => deal.name} href={(deal) => opportunities.page(deal.id)} renderCard={(deal) => <DealCard deal={deal} />} onMove={(deal, to) => move(deal, to, pipeline)} onUndo={(deal, to) => (deal.state === "OPEN" ? takeBack(deal, to) : move(deal, to, pipeline))} />
      </Suspense>
      {dialog}
    </>
  );
}

function DealCard({ deal }: { deal: Row }) {
  const { t } = useTranslation("opportunities");
  const customer = useName(customers, deal.customer_id);
  return (
    <>
      <p className="deal-customer"><Link to={customers.page(deal.customer_id)} draggable={false}>{customer || "…"}</Link></p>
      <p className="crm-card-line"><b><Amount value={deal.amount} short /></b><PersonName id={deal.owner_id} compact /></p>
      <p className="crm-card-line">
        <Day value={deal.state === "OPEN" ? deal.expected_close_date : deal.close_date} overdue={deal.state === "OPEN"} />
        {isRotting(deal) ? <span className="deal-rot"><ClockCircleOutlined /> {t("stale")}</span> : null}
      </p>
    </>
  );
}

/** The sum where all amounts are in one currency; exact to the cent by counting in cents. */
function sumOf(deals: Row[]): { amount: string; currency: string } | undefined {
  const amounts = deals.map((deal) => deal.amount as { amount: string; currency: string } | undefined).filter((amount) => amount?.amount);
  const currency = amounts[0]?.currency;
  if (!currency || amounts.some((amount) => amount?.currency !== currency)) return undefined;
  const cents = amounts.reduce((sum, amount) => sum + Math.round(Number(amount?.amount) * 100), 0);
  return { amount: (cents / 100).toString(), currency };
}
