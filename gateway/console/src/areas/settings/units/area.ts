import type { Area } from "@app/area";

export const area: Area = {
  group: "settings",
  pages: [
    { path: "/settings/units", nav: "units", permission: "identity.unit.list", load: () => import("./UnitsPage") },
    { path: "/settings/units/:id", permission: "identity.unit.get", load: () => import("./UnitsPage") },
  ],
};
