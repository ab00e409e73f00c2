/** The leads: mine, the public pool, all I may see. */
import { Button } from "antd";
import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { leads } from "@api/resources";
import { useAccess } from "@app/access";
import { Empty, Loading } from "@kit/states";
import type { BulkAction } from "@kit/list/bulk";
import type { Column } from "@kit/list/columns";
import { RecordList } from "@kit/list/RecordList";
import type { View } from "@kit/list/state";
import { DateTime } from "@kit/values";
import { LeadScore } from "./LeadScore";
import { LeadState } from "./LeadState";
import { MERGEABLE, mergePage, MOST_LEADS } from "./merging/merges";

const LeadPeek = lazy(() => import("./LeadPeek"));

export default function LeadsPage() {
  const { t } = useTranslation("leads");
  const { id: own, can } = useAccess();
  const views = useMemo<View[]>(
    () => [
      { id: "mine", name: t("views.mine"), filter: `owner_id = "${own}" AND state = (ASSIGNED OR WORKING OR QUALIFIED)`, order_by: "score desc" },
      { id: "new", name: t("views.untouched"), filter: `owner_id = "${own}" AND state = ASSIGNED`, order_by: "own_time" },
      { id: "pool", name: t("views.pool"), filter: "state = POOLED", order_by: "score desc", columns: ["name", "company", "score", "need", "source", "city", "recycle_count", "create_time"] },
      { id: "all", name: t("views.all"), filter: "", order_by: "create_time desc" },
    ],
    [t, own],
  );
  const columns = useMemo<Column[]>(
    () => [
      { field: "name", width: 170, primary: true },
      { field: "company", width: 220, edit: true },
      { field: "state", width: 112, render: (lead) => <LeadState lead={lead} /> },
      { field: "score", width: 88, render: (lead) => <LeadScore lead={lead} /> },
      { field: "phone", width: 150, edit: true },
      { field: "need", width: 240, edit: true },
      { field: "source", width: 120, edit: true },
      { field: "last_touch_time", width: 110, render: (lead) => <DateTime value={lead.last_touch_time} mode="relative" /> },
      { field: "recycle_due_time", width: 110, render: (lead) => <DateTime value={lead.recycle_due_time} overdue /> },
      { field: "owner_id", width: 130 },
    ],
    [],
  );
  const bulk: BulkAction[] = [
    { key: "claim", label: t("verbs.claim"), permission: "leads.lead.claim", verb: "claim", enabled: (lead) => lead.state === "POOLED", within: "state = POOLED" },
    { key: "assign", label: t("verbs.assign"), permission: "leads.lead.assign", verb: "assign", ask: { operation: "leads_AssignLead", fields: ["owner_id"] } },
    { key: "release", label: t("verbs.release"), permission: "leads.lead.release", verb: "release", enabled: (lead) => ["ASSIGNED", "WORKING"].includes(lead.state), within: "state = (ASSIGNED OR WORKING)" },
    { key: "merge", label: t("verbs.merge"), permission: "leads.lead.merge", verb: "", enabled: (lead) => MERGEABLE.includes(lead.state), to: { page: (rows) => mergePage(rows.map((row) => row.id)), least: 2, most: MOST_LEADS } },
  ];
  const create = can("leads.lead.create") ? <Link to="/app/sales/leads/new"><Button type="primary" tabIndex={-1}>{t("create.title")}</Button></Link> : null;
  return (
    <RecordList
      resource={leads}
      namespace="leads"
      title={t("title")}
      views={views}
      columns={columns}
      bulk={bulk}
      peek={(id) => <Suspense fallback={<Loading />}><LeadPeek id={id} /></Suspense>}
      empty={<Empty title={t("empty.title")} text={t("empty.text")} action={create} />}
    />
  );
}
