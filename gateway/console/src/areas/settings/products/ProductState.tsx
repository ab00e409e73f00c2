/** Whether a product is still offered. */
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { StateTag } from "@kit/values";

export function ProductState({ product }: { product: Row }) {
  const { t } = useTranslation("products");
  return <StateTag tone={product.retired ? "done" : "good"}>{t(product.retired ? "state.retired" : "state.offered")}</StateTag>;
}
