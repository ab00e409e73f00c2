import type { Area } from "@app/area";

export const area: Area = {
  group: "settings",
  pages: [{ path: "/settings/modules", nav: "modules", permission: "identity.module.list", load: () => import("./ModulesPage") }],
};
