import type { Area } from "@app/area";

export const area: Area = {
  group: "customers",
  pages: [
    { path: "/customers/accounts", nav: "accounts", shortcut: "a", permission: "customers.customer.list", load: () => import("./CustomersPage") },
    { path: "/customers/accounts/new", permission: "customers.customer.create", load: () => import("./NewCustomerPage") },
    { path: "/customers/accounts/:id", permission: "customers.customer.get", load: () => import("./CustomerPage") },
  ],
  creations: [{ key: "customer", permission: "customers.customer.create", to: "/app/customers/accounts/new" }],
};
