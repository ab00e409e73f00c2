import type { Area } from "@app/area";

export const area: Area = {
  group: "customers",
  pages: [
    { path: "/customers/imports", nav: "imports", shortcut: "d", permission: "leads.lead_import.list", load: () => import("./ImportsPage") },
    { path: "/customers/imports/new", permission: "leads.lead_import.create", load: () => import("./NewImportPage") },
    { path: "/customers/imports/:id", permission: "leads.lead_import.get", load: () => import("./ImportPage") },
  ],
};
