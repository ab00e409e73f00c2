/** What can be quoted: things and services with their prices. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { products } from "@api/resources";
import { CatalogueList } from "@kit/catalogue/CatalogueList";
import type { Column } from "@kit/list/columns";
import type { View } from "@kit/list/state";
import { FORM } from "./form";
import { ProductState } from "./ProductState";
import { TaxRate } from "./TaxRate";

export default function ProductsPage() {
  const { t } = useTranslation("products");
  const views = useMemo<View[]>(
    () => [
      { id: "offered", name: t("views.offered"), filter: "retired = false", order_by: "code" },
      { id: "retired", name: t("views.retired"), filter: "retired = true", order_by: "code" },
      { id: "all", name: t("views.all"), filter: "", order_by: "code" },
    ],
    [t],
  );
  const columns = useMemo<Column[]>(
    () => [
      { field: "name", width: 320, primary: true },
      { field: "code", width: 120 },
      { field: "list_price", width: 130 },
      { field: "unit", width: 90 },
      { field: "tax_rate", width: 90, align: "end", render: (product) => <TaxRate product={product} /> },
      { field: "product_line", width: 130 },
      { field: "retired", width: 110, render: (product) => <ProductState product={product} /> },
    ],
    [],
  );
  return <CatalogueList resource={products} namespace="products" views={views} columns={columns} form={FORM} />;
}
