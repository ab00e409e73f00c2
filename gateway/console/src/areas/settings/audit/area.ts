import type { Area } from "@app/area";

export const area: Area = {
  group: "settings",
  pages: [{ path: "/settings/audit", nav: "audit", permission: "ops.audit.list", load: () => import("./AuditPage") }],
};
