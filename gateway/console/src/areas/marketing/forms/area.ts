import type { Area } from "@app/area";

export const area: Area = {
  group: "marketing",
  pages: [
    { path: "/marketing/forms", nav: "forms", permission: "leads.web_form.list", load: () => import("./FormsPage") },
    { path: "/marketing/forms/:id", permission: "leads.web_form.get", load: () => import("./FormPage") },
  ],
};
