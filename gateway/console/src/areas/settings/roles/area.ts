import type { Area } from "@app/area";

export const area: Area = {
  group: "settings",
  pages: [
    { path: "/settings/roles", nav: "roles", permission: "identity.role.list", load: () => import("./RolesPage") },
    { path: "/settings/roles/:id", permission: "identity.role.get", load: () => import("./RolePage") },
  ],
};
