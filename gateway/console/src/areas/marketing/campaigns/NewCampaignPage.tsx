/** A new campaign, as a draft; goals and budget are written on its page. */
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { create } from "@api/records";
import { campaigns } from "@api/resources";
import { FormFromMeta } from "@kit/FormFromMeta";
import { PageHeader } from "@kit/PageHeader";
import { toast } from "@kit/toasts";

export default function NewCampaignPage() {
  const { t } = useTranslation("campaigns");
  const navigate = useNavigate();
  const client = useQueryClient();
  const save = async (values: Record<string, unknown>) => {
    const campaign = await create(campaigns, values);
    await client.invalidateQueries({ queryKey: [campaigns.schema] });
    toast.done(t("create.done", { name: campaign.name }));
    void navigate(campaigns.page(campaign.id), { replace: true });
  };
  return (
    <div className="crm-narrow">
      <PageHeader title={t("create.title")} />
      <FormFromMeta schema={campaigns.schema} resource={campaigns} namespace="campaigns" draft="campaign.new" fields={["name", "kind", "channel", "start_date", "end_date", "place", "audience", "custom_fields"]} more={["content", "strategy", "tags"]}
        submitLabel={t("create.submit")} onSubmit={save} onCancel={() => void navigate("/app/marketing/campaigns")} />
    </div>
  );
}
