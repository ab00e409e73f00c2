import type { Area } from "@app/area";

export const area: Area = {
  group: "settings",
  pages: [
    { path: "/settings/products", nav: "products", permission: "sales.product.list", load: () => import("./ProductsPage") },
    { path: "/settings/products/:id", permission: "sales.product.get", load: () => import("./ProductPage") },
  ],
};
