import type { Area } from "@app/area";

export const area: Area = {
  group: "home",
  pages: [{ path: "/notifications", nav: "notifications", shortcut: "b", permission: "identity.notification.list", load: () => import("./NotificationsPage") }],
};
