import type { Area } from "@app/area";

export const area: Area = {
  group: "home",
  pages: [{ path: "/calendar", nav: "calendar", permission: "sales.task.list", load: () => import("./CalendarPage") }],
};
