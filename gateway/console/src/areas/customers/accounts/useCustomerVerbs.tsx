/** What can be done with a customer; returns the verbs, the dialog one of them opened, and `open` for buttons elsewhere. */
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@api/client";
import { create, type Resource, type Row, useVerb } from "@api/records";
import { contacts, customers, opportunities, tickets } from "@api/resources";
import { useGuardedChange } from "@kit/conflict";
import { useSharing } from "@kit/record/useSharing";
import { VerbDialog } from "@kit/record/VerbDialog";
import type { Verb } from "@kit/record/Verbs";
import { TerritoryPicker } from "@kit/territories";
import { toast } from "@kit/toasts";
import { timelineKey } from "./CustomerTimeline";

export type Asked = "log" | "deal" | "ticket" | "contact" | "phase" | "owner" | "territories" | "";

interface Wanted {
  resource: Resource;
  namespace: string;
  fields: string[];
  more?: string[];
  initial?: Record<string, unknown>;
}

const MADE: Partial<Record<Asked, Wanted>> = {
  deal: { resource: opportunities, namespace: "opportunities", fields: ["name", "amount", "expected_close_date", "need"], more: ["contact_id", "source", "solution", "pipeline_id"] },
  ticket: { resource: tickets, namespace: "tickets", fields: ["kind", "priority", "subject", "description", "channel"], more: ["contact_id", "tags"], initial: { kind: "ENQUIRY", priority: "NORMAL", channel: "phone" } },
  contact: { resource: contacts, namespace: "contacts", fields: ["name", "mobile", "email", "job_title", "department", "classification"], more: ["salutation", "phone", "messenger", "reports_to_id", "birth_date", "remark"] },
};

export function useCustomerVerbs(customer: Row | undefined): { verbs: Verb[]; dialog: ReactNode; open: (what: Asked) => void } {
  const { t } = useTranslation("customers");
  const client = useQueryClient();
  const verb = useVerb(customers);
  const change = useGuardedChange(customers, "customers");
  const sharing = useSharing(customers, customer);
  const [asked, open] = useState<Asked>("");
  if (!customer) return { verbs: [], dialog: null, open };
  const { id, name } = customer;
  const within = { contact_id: `customer_id = "${id}"`, reports_to_id: `customer_id = "${id}"`, opportunity_id: `customer_id = "${id}"` };
  const verbs: Verb[] = [
    { key: "log", label: t("verbs.log"), permission: "customers.follow_up.create", enabled: true, run: () => open("log"), shortcut: "l", shortcutLabel: "log" },
    { key: "deal", label: t("verbs.deal"), permission: "sales.opportunity.create", enabled: true, run: () => open("deal"), shortcut: "d", shortcutLabel: "new_deal" },
    { key: "ticket", label: t("verbs.ticket"), permission: "service_desk.ticket.create", enabled: true, run: () => open("ticket"), shortcut: "t", shortcutLabel: "new_ticket" },
    { key: "contact", label: t("verbs.contact"), permission: "customers.contact.create", enabled: customer.type === "ORGANIZATION", run: () => open("contact") },
    { key: "owner", label: t("verbs.owner"), permission: "customers.customer.update", enabled: true, run: () => open("owner"), shortcut: "a", shortcutLabel: "assign" },
    { key: "phase", label: t("verbs.phase"), permission: "customers.customer.set_phase", enabled: true, run: () => open("phase") },
    { key: "territories", label: t("verbs.territories"), permission: "customers.customer.assign_territories", enabled: true, rare: true, run: () => open("territories") },
    ...sharing.verbs,
  ];
  const refresh = async () => {
    await client.invalidateQueries({ queryKey: [customers.schema] });
    // The timeline hears of it by an event, a moment later.
    setTimeout(() => void client.invalidateQueries({ queryKey: timelineKey(id) }), 600);
    await client.invalidateQueries({ queryKey: timelineKey(id) });
  };
  const log = async (values: Record<string, unknown>) => {
    await answer(api.POST("/v1/customers/{customer_id}/follow-ups", { params: { path: { customer_id: id } }, body: values as { kind: string; direction: string; customer_id: string } }));
    await refresh();
    toast.done(t("done.logged", { name }));
  };
  const make = async (wanted: Wanted, values: Record<string, unknown>) => {
    const made = await create(wanted.resource, { ...values, customer_id: id });
    await client.invalidateQueries({ queryKey: [wanted.resource.schema] });
    await refresh();
    toast.done(t("done.made", { name: wanted.resource.title(made) }));
  };
  const hand = async ({ owner_id }: Record<string, unknown>) => {
    const before = customer.owner_id;
    const saved = await change(customer, { owner_id });
    if (saved) toast.undo(t("done.owner", { name }), () => change(saved, { owner_id: before }));
  };
  const setPhase = async (values: object) => {
    await verb.mutateAsync({ id, verb: "setPhase", body: values, etag: customer.etag });
    toast.done(t("done.phase", { name }));
  };
  const assign = async (values: object) => {
    await verb.mutateAsync({ id, verb: "assignTerritories", body: values, etag: customer.etag });
    toast.done(t("done.territories", { name }));
  };
  const close = () => open("");
  const wanted = MADE[asked];
  const dialog = (): ReactNode => {
    if (wanted) return <VerbDialog key={asked} title={t(`verbs.${asked}`)} operation={wanted.resource.schema} namespace={wanted.namespace} fields={wanted.fields} more={wanted.more} initial={{ ...wanted.initial }} within={within} draft={`${asked}.${id}`} onSubmit={(values) => make(wanted, values)} onClose={close} />;
    if (asked === "log") return <VerbDialog title={t("verbs.log")} operation="customers.FollowUp" namespace="customers" fields={["note", "next_step", "next_time", "kind", "direction", "outcome"]} more={["contact_id", "opportunity_id", "occur_time"]} within={within} initial={{ kind: "call", direction: "outbound" }} draft={`follow-up.${id}`} onSubmit={log} onClose={close} />;
    if (asked === "owner") return <VerbDialog title={t("verbs.owner")} operation="customers.Customer" namespace="customers" fields={["owner_id"]} required={["owner_id"]} onSubmit={hand} onClose={close} />;
    if (asked === "phase") return <VerbDialog title={t("verbs.phase")} operation="customers_SetCustomerPhase" namespace="customers" fields={["phase", "reason"]} initial={{ phase: customer.phase }} onSubmit={setPhase} onClose={close} />;
    if (asked === "territories") {
      return <VerbDialog title={t("verbs.territories")} operation="customers_AssignCustomerTerritories" namespace="customers" fields={["territory_codes", "excluded"]} initial={{ territory_codes: customer.assigned_territory_codes, excluded: customer.territory_excluded }} intro={<p>{t("territories_text")}</p>} inputs={{ territory_codes: (props) => <TerritoryPicker {...props} multiple /> }} onSubmit={assign} onClose={close} />;
    }
    return sharing.dialog;
  };
  return { verbs, dialog: dialog(), open };
}
