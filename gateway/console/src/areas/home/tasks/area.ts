import type { Area } from "@app/area";

export const area: Area = {
  group: "home",
  pages: [
    { path: "/tasks", nav: "tasks", permission: "sales.task.list", load: () => import("./TasksPage") },
    { path: "/tasks/new", permission: "sales.task.create", load: () => import("./NewTaskPage") },
    { path: "/tasks/:id", permission: "sales.task.get", load: () => import("./TaskPage") },
  ],
  creations: [{ key: "task", permission: "sales.task.create", to: "/app/tasks/new" }],
};
