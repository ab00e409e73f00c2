import type { Area } from "@app/area";

export const area: Area = {
  group: "sales",
  pages: [
    { path: "/sales/leads", nav: "leads", shortcut: "l", permission: "leads.lead.list", load: () => import("./LeadsPage") },
    { path: "/sales/leads/new", permission: "leads.lead.create", load: () => import("./NewLeadPage") },
    { path: "/sales/leads/merge", permission: "leads.lead.merge", load: () => import("./merging/MergePage") },
    { path: "/sales/leads/:id", permission: "leads.lead.get", load: () => import("./LeadPage") },
  ],
  creations: [{ key: "lead", permission: "leads.lead.create", to: "/app/sales/leads/new" }],
};
