/** A tax rate in percent as the reader's language writes it. */
import type { Row } from "@api/records";
import { usePrefs } from "@app/prefs";
import { Nothing } from "@kit/values";

export function TaxRate({ product }: { product: Row }) {
  const { language } = usePrefs();
  if (product.tax_rate === "") return <Nothing />;
  return <span className="crm-number">{(Number(product.tax_rate) / 100).toLocaleString(language, { style: "percent", maximumFractionDigits: 4 })}</span>;
}
