/** A new deal; `?customer_id=…` in the address chooses the customer. */
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";
import { create } from "@api/records";
import { opportunities } from "@api/resources";
import { FormFromMeta } from "@kit/FormFromMeta";
import { PageHeader } from "@kit/PageHeader";
import { toast } from "@kit/toasts";

export default function NewOpportunityPage() {
  const { t } = useTranslation("opportunities");
  const [params] = useSearchParams();
  const navigate = useNavigate();
  const client = useQueryClient();
  const customer = params.get("customer_id") ?? "";
  const save = async (values: Record<string, unknown>) => {
    const deal = await create(opportunities, values);
    await client.invalidateQueries({ queryKey: [opportunities.schema] });
    toast.done(t("create.done", { name: deal.name }));
    void navigate(opportunities.page(deal.id), { replace: true });
  };
  return (
    <div className="crm-narrow">
      <PageHeader title={t("create.title")} />
      <FormFromMeta schema={opportunities.schema} resource={opportunities} namespace="opportunities" draft={`opportunity.new.${customer}`} initial={{ customer_id: customer }}
        fields={["name", "customer_id", "amount", "expected_close_date", "source", "need", "custom_fields"]} more={["contact_id", "campaign_id", "solution", "information_provider", "pipeline_id", "tags"]}
        submitLabel={t("create.submit")} onSubmit={save} onCancel={() => void navigate("/app/sales/opportunities")} />
    </div>
  );
}
