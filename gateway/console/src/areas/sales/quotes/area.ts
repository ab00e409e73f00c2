import type { Area } from "@app/area";

export const area: Area = {
  group: "sales",
  pages: [
    { path: "/sales/quotes", nav: "quotes", shortcut: "q", permission: "sales.quote.list", load: () => import("./QuotesPage") },
    { path: "/sales/quotes/new", permission: "sales.quote.create", load: () => import("./NewQuotePage") },
    { path: "/sales/quotes/:id", permission: "sales.quote.get", load: () => import("./QuotePage") },
  ],
  creations: [{ key: "quote", permission: "sales.quote.create", to: "/app/sales/quotes/new" }],
};
