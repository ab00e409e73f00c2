import type { Area } from "@app/area";

export const area: Area = {
  group: "settings",
  pages: [
    { path: "/settings/transfers", nav: "transfers", permission: "identity.transfer.list", load: () => import("./TransfersPage") },
    { path: "/settings/transfers/:id", permission: "identity.transfer.get", load: () => import("./TransferPage") },
  ],
};
