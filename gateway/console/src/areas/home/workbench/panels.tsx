/** What stands on the workbench, in its order; each says by permissions for whom it is. */
import { lazy, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { surveyAnswers } from "@api/catalogue";
import { campaigns, conflicts, contracts, leads, leadImports, opportunities, planLines, quotes, tickets } from "@api/resources";
import { type Access, useAccess } from "@app/access";
import { Part } from "@app/Part";
import { ShortList } from "@kit/list/ShortList";
import { Amount, DateTime, Day, PersonName, StateTag } from "@kit/values";
import { Conversion } from "./Conversion";
import { Pipeline } from "./Pipeline";
import { SystemStatus } from "./SystemStatus";

const MyTasks = lazy(() => import("./MyTasks"));
const WORKED = "state = (NEW OR OPEN OR PENDING_CUSTOMER OR PENDING_THIRD_PARTY OR ON_HOLD)";
const UNASSIGNED = "state = (POOLED OR OFFERED OR UNPLACED)";
const operates = ({ can }: Access) => can("ops.dead_letter.list");
const leadsSales = (access: Access) => access.can("leads.lead.assign") && !operates(access);
const sells = (access: Access) => access.can("sales.opportunity.create") && !leadsSales(access) && !operates(access);
const serves = (access: Access) => access.can("service_desk.ticket.assign") && access.scope("service_desk.ticket.assign") !== "own";

interface Panel {
  key: string;
  shown: (access: Access) => boolean;
  Body: () => ReactNode;
}

const address = (path: string, filter: string, order = "") => `${path}?view=all&f=${encodeURIComponent(filter)}${order ? `&o=${encodeURIComponent(order)}` : ""}`;

function NewLeads() {
  const { t } = useTranslation("workbench");
  const { id } = useAccess();
  const filter = `owner_id = "${id}" AND state = ASSIGNED`;
  return <ShortList resource={leads} title={t("new_leads")} filter={filter} order_by="own_time" to={address("/app/sales/leads", filter, "own_time")} second={(lead) => lead.company} empty={t("new_leads_none")} aside={(lead) => <><small>{t("waiting_since")}</small><DateTime value={lead.own_time ?? lead.create_time} mode="relative" /></>} />;
}

function Unassigned() {
  const { t } = useTranslation("workbench");
  return <ShortList resource={leads} title={t("unassigned")} filter={UNASSIGNED} order_by="create_time" to={address("/app/sales/leads", UNASSIGNED, "create_time")} second={(lead) => lead.company} empty={t("unassigned_none")} aside={(lead) => <><b>{lead.score}</b><DateTime value={lead.create_time} mode="relative" /></>} />;
}

function Stale({ own }: { own: boolean }) {
  const { t } = useTranslation("workbench");
  const { id } = useAccess();
  // To the minute, so that the query is asked once and not with every drawing.
  const now = `${new Date().toISOString().slice(0, 16)}:00Z`;
  const filter = `${own ? `owner_id = "${id}" AND ` : ""}state = OPEN AND rot_time < "${now}"`;
  return <ShortList resource={opportunities} title={t("stale")} filter={filter} order_by="rot_time" to={address("/app/sales/opportunities", filter)} empty={t("stale_none")} aside={(deal) => <>{own ? null : <PersonName id={deal.owner_id} compact />}<Amount value={deal.amount} short /><DateTime value={deal.last_activity_time ?? deal.rot_time} mode="relative" /></>} />;
}

function Closing() {
  const { t } = useTranslation("workbench");
  const { id } = useAccess();
  const filter = `owner_id = "${id}" AND state = OPEN`;
  return <ShortList resource={opportunities} title={t("closing")} filter={filter} order_by="expected_close_date" to="/app/sales/opportunities?view=mine" empty={t("closing_none")} aside={(deal) => <><Amount value={deal.amount} short /><Day value={deal.expected_close_date} overdue /></>} />;
}

function Approvals() {
  const { t } = useTranslation("workbench");
  const { can } = useAccess();
  return (
    <>
      {can("sales.quote.approve") ? <ShortList resource={quotes} rows={4} title={t("quotes_to_approve")} filter="state = IN_APPROVAL" order_by="update_time" to="/app/sales/quotes?view=approval" empty={t("approvals_none")} second={(quote) => quote.number} aside={(quote) => <><span className="crm-number">{`−${quote.discount_rate}%`}</span><Amount value={quote.total} short /></>} /> : null}
      {can("sales.contract.approve") ? <ShortList resource={contracts} rows={4} title={t("contracts_to_approve")} filter="state = IN_APPROVAL" order_by="update_time" to="/app/sales/contracts?view=approval" empty={t("approvals_none")} second={(contract) => contract.number} aside={(contract) => <Amount value={contract.amount} short />} /> : null}
    </>
  );
}

function Overdue() {
  const { t } = useTranslation("workbench");
  return <ShortList resource={planLines} title={t("overdue")} filter="state = OVERDUE" order_by="due_date" to="/app/sales/receivables?view=overdue" empty={t("overdue_none")} aside={(line) => <><Amount value={line.open_amount} short /><Day value={line.due_date} overdue /></>} />;
}

function Tickets({ own }: { own: boolean }) {
  const { t } = useTranslation("workbench");
  const { id } = useAccess();
  const filter = own ? `owner_id = "${id}" AND ${WORKED}` : WORKED;
  return (
    <ShortList resource={tickets} rows={own ? 6 : 10} title={t(own ? "my_tickets" : "queue")} filter={filter} order_by="resolution_due_time" to={address("/app/service/tickets", filter, "resolution_due_time")} second={(ticket) => ticket.number} empty={t("tickets_none")}
      aside={(ticket) => <>{ticket.sla_breached ? <StateTag tone="bad">{t("breached")}</StateTag> : null}<DateTime value={ticket.first_response_due_time ?? ticket.resolution_due_time} mode="relative" overdue /></>} />
  );
}

function Campaigns() {
  const { t } = useTranslation("workbench");
  return <ShortList resource={campaigns} title={t("campaigns")} filter="state = (PLANNED OR RUNNING OR PAUSED)" order_by="end_date" to="/app/marketing/campaigns" empty={t("campaigns_none")} aside={(campaign) => <><span>{t("spent")}</span><Amount value={campaign.actual_cost} short /><Day value={campaign.end_date} /></>} />;
}

function Imports() {
  const { t } = useTranslation("workbench");
  return <ShortList resource={leadImports} rows={5} title={t("imports")} filter="dry_run = false" order_by="create_time desc" to="/app/customers/imports" empty={t("imports_none")} aside={(job) => <>{job.error_count > 0 ? <StateTag tone="warn">{t("refused", { count: job.error_count })}</StateTag> : null}<DateTime value={job.create_time} mode="relative" /></>} />;
}

function Conflicts() {
  const { t } = useTranslation("workbench");
  return <ShortList resource={conflicts} rows={4} title={t("conflicts")} filter="state = PENDING" order_by="decide_due_time" to="/app/sales/conflicts" first={(conflict) => conflicts.title(conflict) || t("unknown")} empty={t("conflicts_none")} aside={(conflict) => <><small>{t("decide_by")}</small><DateTime value={conflict.decide_due_time} mode="relative" overdue /></>} />;
}

function Dissatisfied() {
  const { t } = useTranslation("workbench");
  return <ShortList resource={surveyAnswers} rows={4} title={t("dissatisfied")} filter="score <= 2" order_by="answer_time desc" to="/app/service/feedback?view=bad" first={(answer) => answer.comment || t("no_comment")} empty={t("dissatisfied_none")} aside={(answer) => <><PersonName id={answer.agent_id} compact /><DateTime value={answer.answer_time} mode="relative" /></>} />;
}

export const PANELS: Panel[] = [
  { key: "system", shown: operates, Body: SystemStatus },
  { key: "my_tasks", shown: (access) => access.can("sales.task.create") && !operates(access), Body: () => <Part><MyTasks /></Part> },
  { key: "new_leads", shown: sells, Body: NewLeads },
  { key: "queue", shown: (access) => serves(access) && !sells(access), Body: () => <Tickets own={false} /> },
  { key: "dissatisfied", shown: (access) => serves(access) && !sells(access) && !operates(access) && access.can("service_desk.survey_answer.list"), Body: Dissatisfied },
  { key: "campaigns", shown: (access) => access.can("marketing.campaign.create"), Body: Campaigns },
  { key: "pipeline", shown: ({ can }) => can("reporting.report.get") && can("sales.opportunity.list"), Body: Pipeline },
  { key: "conversion", shown: (access) => leadsSales(access) && access.can("reporting.report.get"), Body: Conversion },
  { key: "conflicts", shown: (access) => leadsSales(access) && access.can("leads.conflict.decide"), Body: Conflicts },
  { key: "approvals", shown: ({ can }) => can("sales.quote.approve") || can("sales.contract.approve"), Body: Approvals },
  { key: "unassigned", shown: leadsSales, Body: Unassigned },
  { key: "closing", shown: sells, Body: Closing },
  { key: "stale", shown: (access) => sells(access) || leadsSales(access), Body: function StaleDeals() { return <Stale own={sells(useAccess())} />; } },
  { key: "overdue", shown: (access) => access.can("sales.plan_line.list") && (sells(access) || leadsSales(access) || operates(access)), Body: Overdue },
  { key: "my_tickets", shown: (access) => sells(access) && access.can("service_desk.ticket.list"), Body: () => <Tickets own /> },
  { key: "imports", shown: (access) => access.can("leads.lead_import.list") && (access.can("marketing.campaign.create") || operates(access)), Body: Imports },
];
