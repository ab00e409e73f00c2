import type { Area } from "@app/area";

export const area: Area = {
  group: "settings",
  pages: [
    { path: "/settings/competitors", nav: "competitors", permission: "sales.competitor.list", load: () => import("./CompetitorsPage") },
    { path: "/settings/competitors/:id", permission: "sales.competitor.get", load: () => import("./CompetitorPage") },
  ],
};
