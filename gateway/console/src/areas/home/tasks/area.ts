import type { Area } from "@app/area";

export const area: Area = {
  group: "home",
  pages: [
    { path: "/home/tasks", nav: "tasks", permission: "sales.task.list", load: () => import("./TasksPage") },
    { path: "/home/tasks/new", permission: "sales.task.create", load: () => import("./NewTaskPage") },
    { path: "/home/tasks/:id", permission: "sales.task.get", load: () => import("./TaskPage") },
  ],
  creations: [{ key: "task", permission: "sales.task.create", to: "/app/home/tasks/new" }],
};
