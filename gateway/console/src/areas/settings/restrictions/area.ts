import type { Area } from "@app/area";

export const area: Area = {
  group: "settings",
  pages: [
    { path: "/settings/restriction-rules", nav: "restriction_rules", permission: "identity.restriction_rule.list", load: () => import("./RulesPage") },
    { path: "/settings/restriction-rules/:id", permission: "identity.restriction_rule.get", load: () => import("./RulePage") },
  ],
};
