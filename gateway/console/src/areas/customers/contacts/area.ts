import type { Area } from "@app/area";

export const area: Area = {
  group: "customers",
  pages: [
    { path: "/customers/contacts", nav: "contacts", permission: "customers.contact.list", load: () => import("./ContactsPage") },
    { path: "/customers/contacts/new", permission: "customers.contact.create", load: () => import("./NewContactPage") },
    { path: "/customers/contacts/:id", permission: "customers.contact.get", load: () => import("./ContactPage") },
  ],
  creations: [{ key: "contact", permission: "customers.contact.create", to: "/app/customers/contacts/new" }],
};
