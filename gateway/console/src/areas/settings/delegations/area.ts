import type { Area } from "@app/area";

export const area: Area = {
  group: "settings",
  pages: [{ path: "/settings/delegations", nav: "delegations", permission: "identity.delegation.list", load: () => import("./DelegationsPage") }],
};
