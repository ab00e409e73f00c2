/** One campaign: what it is, what it achieved, what it may cost and did, who it is for. */
import { Segmented } from "antd";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useParams, useSearchParams } from "react-router";
import { useRecord } from "@api/records";
import { campaigns } from "@api/resources";
import { useAccess } from "@app/access";
import { visited } from "@app/recent";
import { Facts } from "@kit/record/Facts";
import { RecordPage } from "@kit/record/RecordPage";
import { Verbs } from "@kit/record/Verbs";
import { Failed, Loading } from "@kit/states";
import { Amount, Day, PersonName } from "@kit/values";
import { Budget } from "./Budget";
import { CampaignState } from "./CampaignState";
import { Members } from "./Members";
import { Results } from "./Results";
import { Touchpoints } from "./Touchpoints";
import { useCampaignVerbs } from "./useCampaignVerbs";
import "./campaigns.css";

const PARTS = [
  { value: "results", permission: "marketing.campaign.results" },
  { value: "budget", permission: "marketing.campaign.get" },
  { value: "members", permission: "marketing.campaign_member.list" },
  { value: "touchpoints", permission: "marketing.touchpoint.list" },
];

export default function CampaignPage() {
  const { t } = useTranslation("campaigns");
  const { id = "" } = useParams();
  const { id: own, can } = useAccess();
  const [params, setParams] = useSearchParams();
  const found = useRecord(campaigns, id);
  const campaign = found.data;
  const { verbs, dialog, open } = useCampaignVerbs(campaign);
  useEffect(() => {
    if (campaign) visited(own, campaigns, campaign);
  }, [own, campaign]);
  if (found.isPending) return <Loading rows={8} />;
  if (!campaign) return <Failed error={found.error} retry={() => void found.refetch()} />;
  const parts = PARTS.filter((part) => can(part.permission));
  const part = (parts.find((each) => each.value === params.get("part")) ?? parts[0])?.value;
  return (
    <>
      <RecordPage
        back="/app/marketing/campaigns"
        title={campaign.name}
        above={campaign.number}
        state={<CampaignState campaign={campaign} />}
        verbs={<Verbs verbs={verbs} />}
        highlights={[
          { label: t("fields.start_date"), value: <Day value={campaign.start_date} /> },
          { label: t("fields.end_date"), value: <Day value={campaign.end_date} overdue={campaign.state === "RUNNING"} /> },
          { label: t("fields.budget"), value: <Amount value={campaign.budget} /> },
          { label: t("fields.actual_cost"), value: <Amount value={campaign.actual_cost} /> },
          { label: t("fields.owner_id"), value: <PersonName id={campaign.owner_id} /> },
        ]}
        facts={
          <Facts
            resource={campaigns}
            namespace="campaigns"
            record={campaign}
            editable={!["SETTLED", "CANCELLED"].includes(campaign.state)}
            groups={[
              { title: t("groups.plan"), fields: ["name", "kind", "channel", "start_date", "end_date", "place", "audience"] },
              { title: t("groups.content"), fields: ["content", "strategy", "tags", "custom_fields"] },
              { title: t("groups.more"), fields: ["state_reason", "create_time", "update_time"] },
            ]}
          />
        }
        timeline={
          <>
            <div className="crm-panel-head"><Segmented aria-label={t("parts.label")} value={part} onChange={(next) => setParams({ part: String(next) }, { replace: true })} options={parts.map(({ value }) => ({ value, label: t(`parts.${value}`) }))} /></div>
            {part === "results" ? <Results campaign={campaign} onGoals={() => open("goals")} /> : null}
            {part === "budget" ? <Budget campaign={campaign} onEdit={() => open("budget")} /> : null}
            {part === "members" ? <Members campaign={campaign} /> : null}
            {part === "touchpoints" ? <Touchpoints campaign={campaign} /> : null}
          </>
        }
      />
      {dialog}
    </>
  );
}
