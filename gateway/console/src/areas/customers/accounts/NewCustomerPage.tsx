/** A new customer, an organisation or a person; what looks the same is shown while typing. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useSearchParams } from "react-router";
import { create, listPage } from "@api/records";
import { customers } from "@api/resources";
import { FormFromMeta } from "@kit/FormFromMeta";
import { PageHeader } from "@kit/PageHeader";
import { toast } from "@kit/toasts";
import { useSettled } from "@kit/useSettled";

const FIELDS: Record<string, { fields: string[]; more: string[] }> = {
  ORGANIZATION: {
    fields: ["name", "phone", "email", "industry", "kind", "value_rating", "city", "custom_fields"],
    more: ["credit_code", "headcount", "website", "country_code", "province", "address", "postal_code", "credit_rating", "relationship_level", "owner_id", "code", "mnemonic", "remark", "tags"],
  },
  PERSON: {
    fields: ["name", "phone", "email", "gender", "kind", "city", "custom_fields"],
    more: ["value_rating", "country_code", "province", "address", "postal_code", "relationship_level", "owner_id", "code", "remark", "tags"],
  },
};

export default function NewCustomerPage() {
  const { t } = useTranslation("customers");
  const navigate = useNavigate();
  const client = useQueryClient();
  const [params, setParams] = useSearchParams();
  const type = params.get("type") === "PERSON" ? "PERSON" : "ORGANIZATION";
  const [typed, setTyped] = useState("");
  const name = useSettled(typed);
  const likely = useQuery({
    queryKey: [customers.schema, "likely", name],
    queryFn: ({ signal }) => listPage(customers, { search: name, page_size: 3 }, "", signal),
    enabled: name.length > 1,
    retry: false,
  });
  const save = async (values: Record<string, unknown>) => {
    const customer = await create(customers, { ...values, type });
    await client.invalidateQueries({ queryKey: [customers.schema] });
    toast.done(t("create.done", { name: customer.name }));
    void navigate(customers.page(customer.id), { replace: true });
  };
  return (
    <div className="crm-narrow">
      <PageHeader title={t("create.title")} actions={<Segmented aria-label={t("fields.type")} value={type} onChange={(next) => setParams({ type: next }, { replace: true })} options={["ORGANIZATION", "PERSON"].map((value) => ({ value, label: t(`values.type.${value}`) }))} />} />
      {likely.data && likely.data.rows.length > 0 ? (
        <Alert type="warning" showIcon title={t("create.likely")} description={likely.data.rows.map((row) => <p key={row.id}><Link to={customers.page(row.id)}>{[row.name, row.code].filter(Boolean).join(" · ")}</Link></p>)} />
      ) : null}
      <FormFromMeta
        key={type}
        schema={customers.schema}
        resource={customers}
        namespace="customers"
        draft={`customer.new.${type}`}
        fields={FIELDS[type]?.fields ?? []}
        more={FIELDS[type]?.more}
        submitLabel={t("create.submit")}
        onValues={(values) => setTyped(String(values.name ?? "").trim())}
        onSubmit={save}
        onCancel={() => void navigate("/app/customers/accounts")}
      />
    </div>
  );
}
