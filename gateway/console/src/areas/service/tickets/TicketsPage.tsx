/** All tickets as a list: what is due first, what broke its promise, what waits. */
import { Button } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { tickets } from "@api/resources";
import { useAccess } from "@app/access";
import type { BulkAction } from "@kit/list/bulk";
import type { Column } from "@kit/list/columns";
import { RecordList } from "@kit/list/RecordList";
import type { View } from "@kit/list/state";
import { Empty } from "@kit/states";
import { DateTime } from "@kit/values";
import { SlaCountdown } from "./SlaCountdown";
import { TicketPriority, TicketState } from "./TicketState";

export default function TicketsPage() {
  const { t } = useTranslation("tickets");
  const { id: own, can } = useAccess();
  const views = useMemo<View[]>(
    () => [
      { id: "open", name: t("views.open"), filter: "state = (NEW OR OPEN OR PENDING_CUSTOMER OR PENDING_THIRD_PARTY OR ON_HOLD)", order_by: "resolution_due_time" },
      { id: "mine", name: t("views.mine"), filter: `owner_id = "${own}" AND state = (NEW OR OPEN OR PENDING_CUSTOMER OR PENDING_THIRD_PARTY OR ON_HOLD)`, order_by: "resolution_due_time" },
      { id: "breached", name: t("views.breached"), filter: "sla_breached = true", order_by: "create_time desc" },
      { id: "complaints", name: t("views.complaints"), filter: "kind = COMPLAINT", order_by: "create_time desc" },
      { id: "all", name: t("views.all"), filter: "", order_by: "create_time desc" },
    ],
    [t, own],
  );
  const columns = useMemo<Column[]>(
    () => [
      { field: "subject", width: 300, primary: true },
      { field: "state", width: 120, render: (ticket) => <TicketState ticket={ticket} /> },
      { field: "clocks", width: 170, sort: false, render: (ticket) => <SlaCountdown ticket={ticket} named /> },
      { field: "priority", width: 96, render: (ticket) => <TicketPriority ticket={ticket} />, edit: true },
      { field: "kind", width: 96, edit: true },
      { field: "customer_id", width: 200 },
      { field: "owner_id", width: 140 },
      { field: "channel", width: 96, edit: true },
      { field: "create_time", width: 110, render: (ticket) => <DateTime value={ticket.create_time} mode="relative" /> },
      { field: "number", width: 160 },
    ],
    [],
  );
  const bulk: BulkAction[] = [
    { key: "take", label: t("verbs.take"), permission: "service_desk.ticket.assign", verb: "assign", body: { owner_id: own }, enabled: (ticket) => ["NEW", "OPEN"].includes(ticket.state) && ticket.owner_id !== own, within: `state = (NEW OR OPEN) AND owner_id != "${own}"` },
    { key: "assign", label: t("verbs.assign"), permission: "service_desk.ticket.assign", verb: "assign", ask: { operation: "service_desk_AssignTicket", fields: ["owner_id"] } },
  ];
  const create = can("service_desk.ticket.create") ? <Link to="/app/service/tickets/new"><Button type="primary" tabIndex={-1}>{t("create.title")}</Button></Link> : null;
  return <RecordList resource={tickets} namespace="tickets" title={t("title")} views={views} columns={columns} bulk={bulk} empty={<Empty title={t("empty.title")} text={t("empty.text")} action={create} />} />;
}
