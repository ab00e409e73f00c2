import type { Area } from "@app/area";

export const area: Area = {
  group: "settings",
  pages: [
    { path: "/settings/users", nav: "users", shortcut: "u", permission: "identity.user.list", load: () => import("./UsersPage") },
    { path: "/settings/users/new", permission: "identity.user.create", load: () => import("./NewUserPage") },
    { path: "/settings/users/:id", permission: "identity.user.get", load: () => import("./UserPage") },
  ],
  creations: [{ key: "user", permission: "identity.user.create", to: "/app/settings/users/new" }],
};
