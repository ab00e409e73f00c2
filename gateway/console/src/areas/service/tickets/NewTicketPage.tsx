/** A request taken in by hand; `?customer_id=…` in the address chooses the customer. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";
import { create } from "@api/records";
import { tickets } from "@api/resources";
import { FormFromMeta } from "@kit/FormFromMeta";
import { PageHeader } from "@kit/PageHeader";
import { toast } from "@kit/toasts";

export default function NewTicketPage() {
  const { t } = useTranslation("tickets");
  const [params] = useSearchParams();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [customer, setCustomer] = useState(params.get("customer_id") ?? "");
  const save = async (values: Record<string, unknown>) => {
    const ticket = await create(tickets, values);
    await client.invalidateQueries({ queryKey: [tickets.schema] });
    toast.done(t("create.done", { number: ticket.number }));
    void navigate(tickets.page(ticket.id), { replace: true });
  };
  return (
    <div className="crm-narrow">
      <PageHeader title={t("create.title")} />
      <FormFromMeta schema={tickets.schema} resource={tickets} namespace="tickets" draft="ticket.new" initial={{ customer_id: customer, kind: "ENQUIRY", priority: "NORMAL", channel: "phone" }} within={customer ? { contact_id: `customer_id = "${customer}"` } : {}}
        fields={["customer_id", "contact_id", "kind", "priority", "channel", "subject", "description", "custom_fields"]} more={["category", "product_id", "tags"]}
        submitLabel={t("create.submit")} onValues={(values) => setCustomer(String(values.customer_id ?? ""))} onSubmit={save} onCancel={() => void navigate("/app/service/tickets")} />
    </div>
  );
}
