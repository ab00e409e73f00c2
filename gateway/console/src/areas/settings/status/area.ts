import type { Area } from "@app/area";

export const area: Area = {
  group: "settings",
  pages: [{ path: "/settings/status", nav: "system_status", permission: "ops.operation.list", load: () => import("./StatusPage") }],
};
