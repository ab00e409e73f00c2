/** One contact: facts, what was said with them, who else is at the customer. */
import { FlagOutlined, MessageOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { answer, api } from "@api/client";
import { listPage, type Row, useRecord, useVerb } from "@api/records";
import { contacts } from "@api/resources";
import { useAccess } from "@app/access";
import { visited } from "@app/recent";
import { Reference } from "@kit/FieldValue";
import { Facts } from "@kit/record/Facts";
import { RecordPage, Related } from "@kit/record/RecordPage";
import { Timeline } from "@kit/record/Timeline";
import { VerbDialog } from "@kit/record/VerbDialog";
import { Verbs } from "@kit/record/Verbs";
import { Failed, Loading } from "@kit/states";
import { toast } from "@kit/toasts";
import { PersonName, StateTag } from "@kit/values";

export default function ContactPage() {
  const { t } = useTranslation("contacts");
  const { id = "" } = useParams();
  const { id: own, can } = useAccess();
  const found = useRecord(contacts, id);
  const client = useQueryClient();
  const verb = useVerb(contacts);
  const [logging, log] = useState(false);
  const contact = found.data;
  const customer = String(contact?.customer_id ?? "");
  const mine = `customer_id = "${customer}"`;
  const others = useQuery({ queryKey: [contacts.schema, "of", customer], queryFn: ({ signal }) => listPage(contacts, { filter: mine, page_size: 50 }, "", signal), enabled: Boolean(customer) });
  const moments = useQuery({
    queryKey: ["customers.TimelineEntry", customer, id],
    queryFn: () => answer(api.GET("/v1/customers/{customer_id}/timeline", { params: { path: { customer_id: customer }, query: { filter: `contact_id = "${id}"`, page_size: 100 } } })),
    enabled: Boolean(customer) && can("customers.timeline.list"),
  });
  useEffect(() => {
    if (contact) visited(own, contacts, contact);
  }, [own, contact]);
  if (found.isPending) return <Loading rows={8} />;
  if (!contact) return <Failed error={found.error} retry={() => void found.refetch()} />;
  const main = others.data?.rows.find((each) => each.is_main);
  const makeMain = async () => {
    await verb.mutateAsync({ id, verb: "makeMain", etag: contact.etag });
    const text = t("done.main", { name: contact.name });
    if (main) toast.undo(text, () => verb.mutateAsync({ id: main.id, verb: "makeMain" }));
    else toast.done(text);
  };
  const submit = async (values: Record<string, unknown>) => {
    await answer(api.POST("/v1/customers/{customer_id}/follow-ups", { params: { path: { customer_id: customer } }, body: { ...(values as { kind: string; direction: string }), customer_id: customer, contact_id: id } }));
    setTimeout(() => void client.invalidateQueries({ queryKey: ["customers.TimelineEntry", customer] }), 600);
    toast.done(t("done.logged", { name: contact.name }));
  };
  const entries = moments.data?.entries?.map((each) => ({ id: each.id ?? "", time: each.occur_time ?? "", kind: each.direction ? "moments" : "others", title: each.summary, actor: each.actor?.startsWith("user:") ? each.actor.slice(5) : undefined, icon: each.direction ? <MessageOutlined /> : <FlagOutlined /> }));
  return (
    <>
      <RecordPage
        back="/app/customers/contacts"
        title={contact.name}
        above={[contact.job_title, contact.department].filter(Boolean).join(" · ")}
        state={contact.is_main ? <StateTag tone="good">{t("fields.is_main")}</StateTag> : null}
        verbs={<Verbs verbs={[
          { key: "log", label: t("verbs.log"), permission: "customers.follow_up.create", enabled: true, run: () => log(true), shortcut: "l", shortcutLabel: "log" },
          { key: "main", label: t("verbs.main"), permission: "customers.contact.make_main", enabled: !contact.is_main, run: makeMain },
        ]} />}
        highlights={[
          { label: t("fields.customer_id"), value: <Reference field="customer_id" id={customer} /> },
          { label: t("fields.reports_to_id"), value: <Reference field="reports_to_id" id={contact.reports_to_id} /> },
          { label: t("fields.owner_id"), value: <PersonName id={contact.owner_id} /> },
        ]}
        facts={
          <Facts resource={contacts} namespace="contacts" record={contact} groups={[
            { title: t("groups.reach"), fields: ["mobile", "phone", "email", "messenger", "opt_outs"] },
            { title: t("groups.role"), fields: ["name", "salutation", "job_title", "department", "classification", "reports_to_id"] },
            { title: t("groups.person"), fields: ["gender", "birth_date", "hobbies", "home_address", "remark"] },
            { title: t("groups.more"), fields: ["custom_fields", "lead_id", "create_time", "update_time"] },
          ]} />
        }
        timeline={<Timeline entries={can("customers.timeline.list") ? entries : []} error={moments.error} retry={() => void moments.refetch()} kinds={{ moments: t("timeline.moments"), others: t("timeline.others") }} />}
        related={<Related title={t("related.colleagues")}><Colleagues rows={others.data?.rows.filter((each) => each.id !== id) ?? []} /></Related>}
      />
      {logging ? <VerbDialog title={t("verbs.log")} operation="customers.FollowUp" namespace="customers" fields={["kind", "direction", "outcome", "note", "next_step", "next_time"]} more={["opportunity_id", "occur_time"]} within={{ opportunity_id: mine }} initial={{ kind: "call", direction: "outbound" }} draft={`follow-up.${id}`} onSubmit={submit} onClose={() => log(false)} /> : null}
    </>
  );
}

function Colleagues({ rows }: { rows: Row[] }) {
  const { t } = useTranslation("contacts");
  if (rows.length === 0) return <p>{t("related.none")}</p>;
  return <ul className="crm-lines">{rows.map((row) => <li key={row.id}><div><Link to={contacts.page(row.id)}>{row.name}</Link><small>{[row.department, row.job_title].filter(Boolean).join(" · ")}</small></div><span>{row.mobile || row.phone}</span></li>)}</ul>;
}
