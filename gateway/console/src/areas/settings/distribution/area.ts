import type { Area } from "@app/area";

export const area: Area = {
  group: "settings",
  pages: [
    { path: "/settings/pools", nav: "pools", permission: "leads.pool.list", load: () => import("./PoolsPage") },
    { path: "/settings/pools/:id", permission: "leads.pool.get", load: () => import("./PoolPage") },
    { path: "/settings/distribution-rules", nav: "distribution_rules", permission: "leads.distribution_rule.update", load: () => import("./RulesPage") },
    { path: "/settings/distribution-rules/:id", permission: "leads.distribution_rule.get", load: () => import("./RulePage") },
  ],
};
