/** The resources of the contract as the console names them: one line each, used by lists, pickers, palette and links. */
import type { Resource, Row } from "./records";

export const define = (
  schema: string,
  path: string,
  permission: string,
  page: string,
  title: (record: Row) => string,
  items = path.slice("/v1/".length).replaceAll("-", "_"),
): Resource => ({ schema, path: path, items, permission, page: (id) => `${page}/${id}`, title });

export const named = (record: Row): string => String(record.name || record.number || "");
const inOwnLanguage = (record: Row): string => String((document.documentElement.lang === "en" ? record.title_en || record.title_zh : record.title_zh || record.title_en) || record.number || "");

export const leads = define("leads.Lead", "/v1/leads", "leads.lead", "/app/sales/leads", (lead) =>
  String(lead.name || lead.company || lead.number || ""),
);
export const pools = define("leads.Pool", "/v1/pools", "leads.pool", "/app/settings/pools", named);
export const conflicts: Resource = { ...define("leads.Conflict", "/v1/conflicts", "leads.conflict", "/app/sales/conflicts", (conflict) => String(conflict.submitter?.company || conflict.submitter?.name || "")), plain: true };
export const leadImports: Resource = { ...define("leads.LeadImport", "/v1/lead-imports", "leads.lead_import", "/app/customers/imports", (job) => String(job.filename || "")), plain: true };
export const customers = define("customers.Customer", "/v1/customers", "customers.customer", "/app/customers/accounts", named);
export const contacts = define("customers.Contact", "/v1/contacts", "customers.contact", "/app/customers/contacts", named);
export const opportunities = define("sales.Opportunity", "/v1/opportunities", "sales.opportunity", "/app/sales/opportunities", named);
export const pipelines = define("sales.Pipeline", "/v1/pipelines", "sales.pipeline", "/app/settings/pipelines", named);
export const quotes = define("sales.Quote", "/v1/quotes", "sales.quote", "/app/sales/quotes", named);
export const contracts = define("sales.Contract", "/v1/contracts", "sales.contract", "/app/sales/contracts", named);
export const receipts = define("sales.Receipt", "/v1/receipts", "sales.receipt", "/app/sales/receipts", named);
export const planLines: Resource = { ...define("sales.PlanLine", "/v1/plan-lines", "sales.plan_line", "/app/sales/receivables", named), fixed: true };
export const products = define("sales.Product", "/v1/products", "sales.product", "/app/settings/products", named);
export const competitors = define("sales.Competitor", "/v1/competitors", "sales.competitor", "/app/settings/competitors", named);
export const campaigns = define("marketing.Campaign", "/v1/campaigns", "marketing.campaign", "/app/marketing/campaigns", named);
export const tickets = define("service_desk.Ticket", "/v1/tickets", "service_desk.ticket", "/app/service/tickets", (ticket) =>
  String(ticket.subject || ticket.number || ""),
);
export const tasks = define("sales.Task", "/v1/tasks", "sales.task", "/app/tasks", (task) => String(task.subject || task.number || ""));
export const articles = define("service_desk.Article", "/v1/articles", "service_desk.article", "/app/service/articles", (article) =>
  String(article.title || article.name || ""),
);
export const knowledgeArticles = define("service_desk.KnowledgeArticle", "/v1/knowledge-articles", "service_desk.knowledge_article", "/app/service/knowledge/articles", inOwnLanguage);
export const knowledgeVersions: Resource = { ...define("service_desk.KnowledgeVersion", "/v1/knowledge-versions", "service_desk.knowledge_version", "/app/service/knowledge", inOwnLanguage), fixed: true };
export const slaPolicies = define("service_desk.SlaPolicy", "/v1/sla-policies", "service_desk.sla_policy", "/app/service/promises", named);
export const calendars = define("service_desk.Calendar", "/v1/calendars", "service_desk.calendar", "/app/service/calendars", named);
export const users: Resource = { ...define("identity.User", "/v1/users", "identity.user", "/app/settings/users", (user) =>
  String(user.display_name || user.login || ""),
), textIn: ["display_name", "login", "email"] };
export const units: Resource = { ...define("identity.Unit", "/v1/units", "identity.unit", "/app/settings/units", named), textIn: ["name", "code"] };
export const roles: Resource = { ...define("identity.Role", "/v1/roles", "identity.role", "/app/settings/roles", (role) =>
  String((document.documentElement.lang === "en" ? role.title_en : role.title_zh) || role.code || ""),
), textIn: ["title_zh", "title_en", "code"] };
export const teams: Resource = { ...define("identity.Team", "/v1/teams", "identity.team", "/app/settings/teams", named), textIn: ["name"] };
export const restrictionRules: Resource = { ...define("identity.RestrictionRule", "/v1/restriction-rules", "identity.restriction_rule", "/app/settings/restriction-rules", named), textIn: ["name"] };
export const positions: Resource = { ...define("identity.Position", "/v1/positions", "identity.position", "/app/settings/users", (position) => String(position.title || "")), plain: true };
export const delegations: Resource = { ...define("identity.Delegation", "/v1/delegations", "identity.delegation", "/app/settings/delegations", (delegation) => String(delegation.reason || "")), plain: true };
export const apiKeys: Resource = { ...define("identity.ApiKey", "/v1/api-keys", "identity.api_key", "/app/settings/api-keys", named), textIn: ["name"] };
export const identityProviders: Resource = { ...define("identity.IdentityProvider", "/v1/identity-providers", "identity.identity_provider", "/app/settings/identity-providers", named), textIn: ["name", "code"] };
export const transfers: Resource = { ...define("identity.Transfer", "/v1/transfers", "identity.transfer", "/app/settings/transfers", (transfer) => String(transfer.reason || "")), plain: true };
export const territoryModels: Resource = { ...define("identity.TerritoryModel", "/v1/territory-models", "identity.territory_model", "/app/settings/territory-models", named), textIn: ["name"] };
export const territories: Resource = { ...define("identity.Territory", "/v1/territories", "identity.territory", "/app/settings/territories", named), textIn: ["name", "code"] };
export const territoryAlignments: Resource = { ...define("customers.TerritoryAlignment", "/v1/territory-alignments", "customers.territory_alignment", "/app/settings/territory-alignments", (alignment) => String(alignment.note || "")), plain: true };
export const subjectRequests: Resource = { ...define("customers.SubjectRequest", "/v1/subject-requests", "customers.subject_request", "/app/settings/subject-requests", named), textIn: ["number"] };
export const legalHolds: Resource = { ...define("customers.LegalHold", "/v1/legal-holds", "customers.legal_hold", "/app/settings/legal-holds", (hold) => String(hold.reason || "")), textIn: ["reason"], fixed: true };
export const reportDefinitions: Resource = { ...define("reporting.ReportDefinition", "/v1/report-definitions", "reporting.report_definition", "/app/analytics/own-reports", named), textIn: ["name"] };
export const dashboards: Resource = { ...define("reporting.Dashboard", "/v1/dashboards", "reporting.dashboard", "/app/analytics/dashboards", named), textIn: ["name"] };

const ALL = [leads, pools, leadImports, customers, contacts, opportunities, pipelines, quotes, contracts, planLines, receipts, products, competitors, campaigns, tickets, tasks, articles, knowledgeArticles, knowledgeVersions, slaPolicies, calendars, users, units, roles, teams, apiKeys, territoryModels, territories, subjectRequests, legalHolds, reportDefinitions, dashboards];
const byField: Record<string, Resource> = {
  owner_id: users,
  user_id: users,
  actor_id: users,
  approver_id: users,
  manager_id: users,
  author_id: users,
  creator_id: users,
  agent_id: users,
  resolver_id: users,
  main_contact_id: contacts,
  reports_to_id: contacts,
  follow_up_of_id: tickets,
  next_task_id: tasks,
  unit_id: units,
  default_unit_id: units,
  delegator_id: users,
  delegate_id: users,
  from_user_id: users,
  to_user_id: users,
  officer_id: users,
  placer_id: users,
  releaser_id: users,
  model_id: territoryModels,
  source_model_id: territoryModels,
};

/** The resource a field such as `customer_id` points at. */
export function referenced(field: string): Resource | undefined {
  if (field in byField) return byField[field];
  if (!field.endsWith("_id")) return undefined;
  const noun = field.slice(0, -3).replaceAll("_", "").toLowerCase();
  return ALL.find((resource) => resource.schema.split(".")[1]?.toLowerCase() === noun);
}

/** The resource that permissions, events and notifications call `leads.lead`. */
export const resourceOf = (type: string): Resource | undefined => [...ALL, transfers, conflicts].find((resource) => resource.permission === type);

/** The resource of a collection in the API, such as `leads` of the service `leads`. */
export const collected = (service: string, collection: string): Resource | undefined => ALL.find((resource) => resource.path === `/v1/${collection}` && resource.schema.startsWith(`${service.replaceAll("-", "_")}.`));

export const searchable = [customers, leads, opportunities, contacts, tickets, contracts, quotes, knowledgeVersions, campaigns, products];
