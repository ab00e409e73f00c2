import type { Area } from "@app/area";

export const area: Area = {
  group: "analytics",
  pages: [
    { path: "/analytics/dashboards", nav: "dashboards", shortcut: "g", permission: "reporting.dashboard.list", load: () => import("./DashboardsPage") },
    { path: "/analytics/dashboards/:id", permission: "reporting.dashboard.get", load: () => import("./DashboardPage") },
  ],
};
