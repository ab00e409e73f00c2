import type { Area } from "@app/area";

export const area: Area = {
  group: "sales",
  pages: [
    { path: "/sales/conflicts", nav: "conflicts", permission: "leads.conflict.decide", load: () => import("./ConflictsPage") },
    { path: "/sales/conflicts/:id", permission: "leads.conflict.get", load: () => import("./ConflictPage") },
  ],
};
