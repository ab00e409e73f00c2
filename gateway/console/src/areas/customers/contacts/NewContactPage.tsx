/** A new contact; `?customer_id=…` in the address chooses the customer. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";
import { create } from "@api/records";
import { contacts } from "@api/resources";
import { FormFromMeta } from "@kit/FormFromMeta";
import { PageHeader } from "@kit/PageHeader";
import { toast } from "@kit/toasts";

export default function NewContactPage() {
  const { t } = useTranslation("contacts");
  const [params] = useSearchParams();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [customer, setCustomer] = useState(params.get("customer_id") ?? "");
  const save = async (values: Record<string, unknown>) => {
    const contact = await create(contacts, values);
    await client.invalidateQueries({ queryKey: [contacts.schema] });
    toast.done(t("create.done", { name: contact.name }));
    void navigate(contacts.page(contact.id), { replace: true });
  };
  return (
    <div className="crm-narrow">
      <PageHeader title={t("create.title")} />
      <FormFromMeta schema={contacts.schema} resource={contacts} namespace="contacts" draft="contact.new" initial={{ customer_id: customer }} within={customer ? { reports_to_id: `customer_id = "${customer}"` } : {}}
        fields={["name", "customer_id", "mobile", "email", "job_title", "department", "classification", "custom_fields"]} more={["salutation", "gender", "phone", "messenger", "reports_to_id", "birth_date", "hobbies", "home_address", "remark", "opt_outs"]}
        submitLabel={t("create.submit")} onValues={(values) => setCustomer(String(values.customer_id ?? ""))} onSubmit={save} onCancel={() => void navigate("/app/customers/contacts")} />
    </div>
  );
}
