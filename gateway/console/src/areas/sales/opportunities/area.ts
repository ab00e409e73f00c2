import type { Area } from "@app/area";

export const area: Area = {
  group: "sales",
  pages: [
    { path: "/sales/opportunities", nav: "opportunities", shortcut: "o", permission: "sales.opportunity.list", load: () => import("./OpportunitiesPage") },
    { path: "/sales/opportunities/new", permission: "sales.opportunity.create", load: () => import("./NewOpportunityPage") },
    { path: "/sales/opportunities/:id", permission: "sales.opportunity.get", load: () => import("./OpportunityPage") },
  ],
  creations: [{ key: "opportunity", permission: "sales.opportunity.create", to: "/app/sales/opportunities/new" }],
};
