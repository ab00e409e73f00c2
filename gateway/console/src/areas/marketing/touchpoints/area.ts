import type { Area } from "@app/area";

export const area: Area = {
  group: "marketing",
  pages: [
    { path: "/marketing/touchpoints", nav: "touchpoints", permission: "marketing.touchpoint.list", load: () => import("./TouchpointsPage") },
    { path: "/marketing/touchpoints/:id", permission: "marketing.touchpoint.get", load: () => import("./TouchpointPage") },
  ],
};
