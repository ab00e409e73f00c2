import type { Area } from "@app/area";

export const area: Area = {
  group: "analytics",
  pages: [
    { path: "/analytics/own-reports", nav: "own_reports", shortcut: "e", permission: "reporting.report_definition.list", load: () => import("./OwnReportsPage") },
    { path: "/analytics/own-reports/new", permission: "reporting.report_definition.list", load: () => import("./BuilderPage") },
    { path: "/analytics/own-reports/:id", permission: "reporting.report_definition.get", load: () => import("./BuilderPage") },
  ],
  creations: [{ key: "report", permission: "reporting.report_definition.create", to: "/app/analytics/own-reports/new" }],
};
