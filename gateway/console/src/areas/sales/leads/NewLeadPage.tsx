/** A lead written down by hand: checked for repeats by the server, which may answer with the older one. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { create, listPage } from "@api/records";
import { leads } from "@api/resources";
import { FormFromMeta } from "@kit/FormFromMeta";
import { PageHeader } from "@kit/PageHeader";
import { toast } from "@kit/toasts";
import { useSettled } from "@kit/useSettled";
import { quoted } from "@kit/list/aip160";

export default function NewLeadPage() {
  const { t } = useTranslation("leads");
  const navigate = useNavigate();
  const client = useQueryClient();
  const [typed, setTyped] = useState({ phone: "", company: "" });
  const reach = useSettled(typed);
  const likely = useQuery({
    queryKey: [leads.schema, "likely", reach],
    queryFn: ({ signal }) => listPage(leads, { filter: reach.phone.length > 6 ? `phone : ${quoted(reach.phone)}` : `company = ${quoted(reach.company)}`, page_size: 3 }, "", signal),
    enabled: reach.phone.length > 6 || reach.company.length > 3,
    retry: false,
  });
  const save = async (values: Record<string, unknown>) => {
    const lead = await create(leads, values);
    await client.invalidateQueries({ queryKey: [leads.schema] });
    toast.done(t(Number(lead.intent_count) > 1 ? "create.joined" : "create.done", { name: leads.title(lead) }));
    void navigate(leads.page(lead.id), { replace: true });
  };
  return (
    <div className="crm-narrow">
      <PageHeader title={t("create.title")} />
      {likely.data && likely.data.rows.length > 0 ? (
        <Alert type="warning" showIcon title={t("create.likely")} description={likely.data.rows.map((row) => <p key={row.id}><Link to={leads.page(row.id)}>{[row.name, row.company].filter(Boolean).join(" · ")}</Link></p>)} />
      ) : null}
      <FormFromMeta
        schema={leads.schema}
        resource={leads}
        namespace="leads"
        draft="lead.new"
        required={["name"]}
        fields={["name", "company", "phone", "email", "job_title", "source", "need", "custom_fields"]}
        more={["product_line", "campaign_id", "province", "city", "address", "website", "credit_code", "tags"]}
        submitLabel={t("create.submit")}
        onValues={(values) => setTyped({ phone: String(values.phone ?? "").trim(), company: String(values.company ?? "").trim() })}
        onSubmit={save}
        onCancel={() => void navigate("/app/sales/leads")}
      />
    </div>
  );
}
