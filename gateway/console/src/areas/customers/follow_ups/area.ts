import type { Area } from "@app/area";

export const area: Area = {
  group: "customers",
  pages: [
    { path: "/customers/follow-ups", nav: "follow_ups", permission: "customers.follow_up.list", load: () => import("./FollowUpsPage") },
    { path: "/customers/follow-ups/:id", permission: "customers.follow_up.list", load: () => import("./FollowUpPage") },
  ],
};
