import type { Area } from "@app/area";

export const area: Area = {
  group: "settings",
  pages: [
    { path: "/settings/parameters", nav: "parameters", permission: "identity.unit.update", load: () => import("./ParametersPage") },
    { path: "/settings/personalisation", nav: "personalisation", permission: "identity.preferences.update", load: () => import("./PersonalisationPage") },
  ],
};
