import type { Area } from "@app/area";

export const area: Area = {
  group: "settings",
  pages: [
    { path: "/settings/teams", nav: "teams", permission: "identity.team.list", load: () => import("./TeamsPage") },
    { path: "/settings/teams/:id", permission: "identity.team.get", load: () => import("./TeamPage") },
  ],
};
