import type { Area } from "@app/area";

export const area: Area = {
  group: "settings",
  pages: [
    { path: "/settings/bulk-changes", nav: "bulk_changes", permission: "ops.bulk_change.list", load: () => import("./BulkChangesPage") },
    { path: "/settings/bulk-changes/:service/:id", permission: "ops.bulk_change.get", load: () => import("./BulkChangePage") },
  ],
};
