/** The campaigns: running, planned, all, with what they may cost and did. */
import { Button } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { campaigns } from "@api/resources";
import { useAccess } from "@app/access";
import type { Column } from "@kit/list/columns";
import { RecordList } from "@kit/list/RecordList";
import type { View } from "@kit/list/state";
import { Empty } from "@kit/states";
import { Amount } from "@kit/values";
import { CampaignState } from "./CampaignState";

export default function CampaignsPage() {
  const { t } = useTranslation("campaigns");
  const { id: own, can } = useAccess();
  const views = useMemo<View[]>(
    () => [
      { id: "all", name: t("views.all"), filter: "", order_by: "create_time desc" },
      { id: "running", name: t("views.running"), filter: "state = (RUNNING OR PAUSED)", order_by: "end_date" },
      { id: "planned", name: t("views.planned"), filter: "state = (DRAFT OR PLANNED)", order_by: "start_date" },
      { id: "mine", name: t("views.mine"), filter: `owner_id = "${own}"`, order_by: "create_time desc" },
    ],
    [t, own],
  );
  const columns = useMemo<Column[]>(
    () => [
      { field: "name", width: 280, primary: true },
      { field: "state", width: 110, render: (campaign) => <CampaignState campaign={campaign} /> },
      { field: "kind", width: 110, edit: true },
      { field: "channel", width: 110, edit: true },
      { field: "start_date", width: 110, edit: true },
      { field: "end_date", width: 110, edit: true },
      { field: "budget", width: 130, render: (campaign) => <Amount value={campaign.budget} /> },
      { field: "actual_cost", width: 130, render: (campaign) => <Amount value={campaign.actual_cost} /> },
      { field: "owner_id", width: 140 },
      { field: "number", width: 150 },
    ],
    [],
  );
  const create = can("marketing.campaign.create") ? <Link to="/app/marketing/campaigns/new"><Button type="primary" tabIndex={-1}>{t("create.title")}</Button></Link> : null;
  return <RecordList resource={campaigns} namespace="campaigns" title={t("title")} views={views} columns={columns} empty={<Empty title={t("empty.title")} text={t("empty.text")} action={create} />} />;
}
