/** A new draft, its lines come next; `?opportunity_id=…&customer_id=…` in the address says what it belongs to. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";
import { create } from "@api/records";
import { quotes } from "@api/resources";
import { usePrefs } from "@app/prefs";
import { FormFromMeta } from "@kit/FormFromMeta";
import { PageHeader } from "@kit/PageHeader";
import { toast } from "@kit/toasts";

export default function NewQuotePage() {
  const { t } = useTranslation("quotes");
  const { currency } = usePrefs();
  const [params] = useSearchParams();
  const navigate = useNavigate();
  const client = useQueryClient();
  const deal = params.get("opportunity_id") ?? "";
  const [customer, setCustomer] = useState(params.get("customer_id") ?? "");
  const save = async (values: Record<string, unknown>) => {
    const quote = await create(quotes, values);
    await client.invalidateQueries({ queryKey: [quotes.schema] });
    toast.done(t("create.done", { number: quote.number }));
    void navigate(quotes.page(quote.id), { replace: true });
  };
  return (
    <div className="crm-narrow">
      <PageHeader title={t("create.title")} />
      <FormFromMeta schema={quotes.schema} resource={quotes} namespace="quotes" draft={`quote.new.${deal}`} initial={{ opportunity_id: deal, customer_id: customer, currency }}
        fields={["name", "opportunity_id", "customer_id", "contact_id", "currency", "valid_until_date", "custom_fields"]} more={["quote_date", "prices_include_tax", "tax_rounding", "time_zone", "note"]}
        within={customer ? { contact_id: `customer_id = "${customer}"`, opportunity_id: `customer_id = "${customer}"` } : undefined} onValues={(values) => setCustomer(String(values.customer_id ?? ""))}
        submitLabel={t("create.submit")} onSubmit={save} onCancel={() => void navigate("/app/sales/quotes")} />
    </div>
  );
}
