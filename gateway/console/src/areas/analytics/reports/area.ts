import type { Area } from "@app/area";

export const area: Area = {
  group: "analytics",
  pages: [
    { path: "/analytics/reports", nav: "reports", shortcut: "r", permission: "reporting.report.list", load: () => import("./ReportsPage") },
    { path: "/analytics/reports/:name", permission: "reporting.report.get", load: () => import("./ReportsPage") },
  ],
};
