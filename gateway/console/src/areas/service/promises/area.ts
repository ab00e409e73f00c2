import type { Area } from "@app/area";

export const area: Area = {
  group: "service",
  pages: [
    { path: "/service/promises", nav: "sla_policies", permission: "service_desk.sla_policy.list", load: () => import("./PromisesPage") },
    { path: "/service/promises/:id", permission: "service_desk.sla_policy.get", load: () => import("./PolicyPage") },
    { path: "/service/calendars/:id", permission: "service_desk.calendar.get", load: () => import("./CalendarPage") },
  ],
};
