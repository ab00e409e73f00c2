import type { Area } from "@app/area";

export const area: Area = {
  group: "settings",
  pages: [
    { path: "/settings/territories", nav: "territories", permission: "identity.territory_model.list", load: () => import("./TerritoryModelsPage") },
    { path: "/settings/territory-models/:id", permission: "identity.territory_model.get", load: () => import("./TerritoryModelPage") },
    { path: "/settings/territories/:id", permission: "identity.territory.get", load: () => import("./TerritoryPage") },
  ],
};
