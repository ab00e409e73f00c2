/** What is offered, line by line, and what it adds up to: every figure is the server's. */
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { quotes } from "@api/resources";
import { usePrefs } from "@app/prefs";
import { useAccess } from "@app/access";
import { useGuardedChange } from "@kit/conflict";
import { money } from "@kit/format";
import { type LineColumn, LinesEditor, Sums } from "@kit/lines/LinesEditor";
import { Empty } from "@kit/states";
import { toast } from "@kit/toasts";
import { Amount, Nothing } from "@kit/values";

const WRITTEN = ["key", "product_id", "name", "description", "product_line", "unit", "quantity", "list_price", "discount_percent", "discount_amount", "tax_code", "tax_rate", "delivery_date", "optional", "credit"];
/** What a product brings along when it is chosen. */
const FROM_PRODUCT = { name: "", description: "", product_line: "", unit: "", list_price: "", tax_code: "", tax_rate: "" };

export function QuoteLines({ quote }: { quote: Row }) {
  const { t } = useTranslation("quotes");
  const { language } = usePrefs();
  const { can } = useAccess();
  const save = useGuardedChange(quotes, "quotes");
  const amount = (field: string) => (line: Row) => (line[field] ? <span className="crm-number">{money(language, String(line[field]), quote.currency)}</span> : <Nothing />);
  const percent = (field: string) => (line: Row) => (Number(line[field]) ? <span className="crm-number">{`${line[field]}%`}</span> : <Nothing />);
  const discount = (line: Row) => (line.discount_amount ? amount("discount_amount")(line) : percent("discount_percent")(line));
  const columns: LineColumn[] = [
    { field: "product_id", width: 200, only: "edit" },
    { field: "name", label: t("item"), width: 220, render: (line) => <>{line.name}{line.optional ? <small className="crm-second">{` · ${t("fields.optional")}`}</small> : null}{line.credit ? <small className="crm-second">{` · ${t("fields.credit")}`}</small> : null}</> },
    { field: "quantity", width: 76, align: "end" },
    { field: "unit", width: 64 },
    { field: "list_price", width: 110, align: "end", render: amount("list_price") },
    { field: "discount_percent", width: 84, align: "end", render: discount },
    { field: "tax_rate", width: 72, align: "end", render: percent("tax_rate") },
    { field: "net", width: 110, align: "end", only: "read", render: amount("net") },
    { field: "tax", width: 90, align: "end", only: "read", render: amount("tax") },
  ];
  const written = (line: Record<string, unknown>) => Object.fromEntries(WRITTEN.filter((name) => line[name] !== undefined).map((name) => [name, line[name]]));
  const commit = async (lines: Record<string, unknown>[]) => {
    const before = (quote.lines ?? []) as Row[];
    const saved = await save(quote, { lines: lines.map(written) });
    if (saved) toast.undo(t("done.lines"), () => save(saved, { lines: before.map(written) }));
  };
  const sums = [
    { label: t("fields.net_total"), value: <Amount value={quote.net_total} /> },
    ...(Number(quote.discount_total?.amount) ? [{ label: t("fields.discount_total"), value: <Amount value={quote.discount_total} /> }] : []),
    ...(Number(quote.freight) ? [{ label: t("fields.freight"), value: money(language, quote.freight, quote.currency) }] : []),
    ...((quote.taxes ?? []) as { tax_code: string; tax_rate: string; base: string; tax: string }[]).map((tax) => ({
      label: t("tax_of", { rate: tax.tax_rate, base: money(language, tax.base, quote.currency) }),
      value: money(language, tax.tax, quote.currency),
    })),
    { label: t("fields.total"), value: <Amount value={quote.total} /> },
  ];
  return (
    <LinesEditor title={t("lines")} schema="sales.QuoteLine" namespace="quotes" field="lines" columns={columns} lines={(quote.lines ?? []) as Row[]} editable={quote.state === "DRAFT" && can("sales.quote.update")}
      blank={{ product_id: "", quantity: "1", discount_percent: "" }} follow={(line, field) => (field === "product_id" ? { ...line, ...FROM_PRODUCT } : line)} onSave={commit}
      footer={(quote.lines ?? []).length > 0 ? <Sums rows={sums} /> : null} empty={<Empty title={t("no_lines")} text={quote.state === "DRAFT" ? t("no_lines_text") : undefined} />} />
  );
}
