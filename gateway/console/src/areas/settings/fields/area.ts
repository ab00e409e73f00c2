import type { Area } from "@app/area";

export const area: Area = {
  group: "settings",
  pages: [{ path: "/settings/fields", nav: "fields", permission: "ops.custom_field.create", load: () => import("./FieldsPage") }],
};
