/** One deal: its stage, its facts, how it moved. */
import { SwapOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { answer, api } from "@api/client";
import { type Row, useRecord, useVerb } from "@api/records";
import { opportunities } from "@api/resources";
import { useAccess } from "@app/access";
import { Part } from "@app/Part";
import { visited } from "@app/recent";
import { Reference } from "@kit/FieldValue";
import { Facts } from "@kit/record/Facts";
import { RecordPage } from "@kit/record/RecordPage";
import { type Entry, Timeline } from "@kit/record/Timeline";
import { useSharing } from "@kit/record/useSharing";
import { VerbDialog } from "@kit/record/VerbDialog";
import { Verbs } from "@kit/record/Verbs";
import { Failed, Loading } from "@kit/states";
import { TerritoryPicker } from "@kit/territories";
import { toast } from "@kit/toasts";
import { Amount, Day, PersonName } from "@kit/values";
import { OpportunityState } from "./OpportunityState";
import { type Pipeline, useStageName } from "./pipeline";
import { StageStrip } from "./StageStrip";
import { useStageMove } from "./useStageMove";
import "./opportunities.css";

const NextSteps = lazy(() => import("@kit/tasks/NextSteps"));

export default function OpportunityPage() {
  const { t } = useTranslation("opportunities");
  const { id = "" } = useParams();
  const { id: own, can } = useAccess();
  const found = useRecord(opportunities, id);
  const client = useQueryClient();
  const { move, takeBack, ask, dialog } = useStageMove();
  const verb = useVerb(opportunities);
  const [assigning, assign] = useState(false);
  const deal = found.data;
  const sharing = useSharing(opportunities, deal);
  useEffect(() => {
    if (deal) visited(own, opportunities, deal);
  }, [own, deal]);
  if (found.isPending) return <Loading rows={8} />;
  if (!deal) return <Failed error={found.error} retry={() => void found.refetch()} />;
  const open = deal.state === "OPEN";
  const goTo = async (to: string, pipeline: Pipeline) => {
    const from = String(deal.stage);
    try {
      const moved = await move(deal, to, pipeline);
      void client.invalidateQueries({ queryKey: ["sales.StageStay", id] });
      toast.undo(t("moved", { stage: pipeline.stages.find((stage) => stage.code === to)?.name }), () => (moved.state === "OPEN" && deal.state === "OPEN" ? takeBack(moved, from) : move(moved, from, pipeline)));
    } catch (refusal) {
      toast.refused(refusal);
    }
  };
  const close = async (verb: "win" | "lose" | "reopen") => {
    await ask(verb, deal);
    toast.done(t(`done.${verb}`, { name: deal.name }));
  };
  const place = async (values: object) => {
    await verb.mutateAsync({ id, verb: "assignTerritory", body: values, etag: deal.etag });
    toast.done(t("done.territory", { name: deal.name }));
  };
  return (
    <>
      <RecordPage
        back="/app/sales/opportunities"
        title={deal.name}
        above={deal.number}
        state={<OpportunityState deal={deal} />}
        verbs={<Verbs verbs={[
          { key: "win", label: t("verbs.win"), permission: "sales.opportunity.win", enabled: open, run: () => close("win") },
          { key: "lose", label: t("verbs.lose"), permission: "sales.opportunity.lose", enabled: open, run: () => close("lose") },
          { key: "reopen", label: t("verbs.reopen"), permission: "sales.opportunity.reopen", enabled: !open, run: () => close("reopen") },
          { key: "territory", label: t("verbs.territory"), permission: "sales.opportunity.assign_territory", enabled: true, rare: true, run: () => assign(true) },
          ...sharing.verbs,
        ]} />}
        highlights={[
          { label: t("fields.customer_id"), value: <Reference field="customer_id" id={deal.customer_id} /> },
          { label: t("fields.amount"), value: <Amount value={deal.amount} /> },
          { label: t("fields.probability"), value: `${deal.probability}%` },
          { label: t("fields.weighted_amount"), value: <Amount value={deal.weighted_amount} /> },
          { label: t(open ? "fields.expected_close_date" : "fields.close_date"), value: <Day value={open ? deal.expected_close_date : deal.close_date} overdue={open} /> },
          { label: t("fields.owner_id"), value: <PersonName id={deal.owner_id} /> },
          ...(deal.territory_id && can("identity.territory.get") ? [{ label: t("fields.territory_id"), value: <Reference field="territory_id" id={deal.territory_id} /> }] : []),
        ]}
        facts={
          <Facts resource={opportunities} namespace="opportunities" record={deal} editable={open} groups={[
            { title: t("groups.deal"), fields: ["name", "amount", "expected_close_date", "probability", "forecast_category", "stage_note"] },
            { title: t("groups.need"), fields: ["need", "solution", "source", "campaign_id", "information_provider", "tags"] },
            { title: t("groups.parties"), fields: ["customer_id", "contact_id", "lead_id", "competitor_id"] },
            { title: t("groups.more"), fields: ["custom_fields", "loss_reason", "loss_note", "discovery_date", "close_date_push_count", "amount_change_count", "create_time", "update_time"] },
          ]} />
        }
        timeline={<><StageStrip deal={deal} onMove={(to, pipeline) => void goTo(to, pipeline)} /><Stays deal={deal} /></>}
        related={can("sales.task.list") ? <Part><NextSteps of={opportunities} id={id} /></Part> : null}
      />
      {dialog}
      {assigning ? <VerbDialog title={t("verbs.territory")} operation="sales_AssignOpportunityTerritory" namespace="opportunities" fields={["territory_code"]} initial={{ territory_code: deal.assigned_territory_code }} intro={<p>{t("territory_text")}</p>} inputs={{ territory_code: (props) => <TerritoryPicker {...props} /> }} onSubmit={place} onClose={() => assign(false)} /> : null}
      {sharing.dialog}
    </>
  );
}

/** How long the deal was in each stage, newest first. */
function Stays({ deal }: { deal: Row }) {
  const { t } = useTranslation("opportunities");
  const stageName = useStageName();
  const found = useQuery({
    queryKey: ["sales.StageStay", deal.id, deal.etag],
    queryFn: () => answer(api.GET("/v1/opportunities/{opportunity_id}/stage-history", { params: { path: { opportunity_id: deal.id }, query: { page_size: 100 } } })),
  });
  const days = (seconds: string | undefined) => Math.floor(Number(seconds ?? 0) / 86_400);
  const entries: Entry[] | undefined = found.data?.stays?.map((stay) => ({
    id: stay.id ?? "",
    time: stay.enter_time ?? "",
    kind: "stage",
    title: t("entered", { stage: stageName({ pipeline_id: stay.pipeline_id, stage: stay.stage }) }),
    body: [t("stayed", { count: days(stay.duration_seconds) }), stay.note].filter(Boolean).join("\n"),
    actor: stay.actor_id?.replace(/^user:/, ""),
    icon: <SwapOutlined />,
  }));
  return <Timeline entries={entries} error={found.error} retry={() => void found.refetch()} kinds={{ stage: t("fields.stage") }} />;
}
