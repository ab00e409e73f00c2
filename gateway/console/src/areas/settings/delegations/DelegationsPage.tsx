/** Who acts in whose name for a while: what I lent, what was lent to me, and what others lent each other. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { create, listPage, type Row } from "@api/records";
import { delegations } from "@api/resources";
import { call } from "@api/transport";
import { useAccess } from "@app/access";
import { PageHeader } from "@kit/PageHeader";
import { PlainTable } from "@kit/PlainTable";
import { VerbDialog } from "@kit/record/VerbDialog";
import { Empty, Failed, Loading } from "@kit/states";
import { toast } from "@kit/toasts";
import { DateTime, PersonName, StateTag } from "@kit/values";
import "@kit/record/record.css";
import "../settings.css";

const USUAL_DAYS = 14;
const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

export default function DelegationsPage() {
  const { t } = useTranslation("delegations");
  const { id: own, can } = useAccess();
  const client = useQueryClient();
  const [lending, lend] = useState(false);
  const found = useQuery({ queryKey: [delegations.schema, "all"], queryFn: ({ signal }) => listPage(delegations, { page_size: 200, order_by: "end_time desc" }, "", signal) });
  const reload = () => client.invalidateQueries({ queryKey: [delegations.schema] });
  const give = async (values: Partial<Row>) => {
    await create(delegations, values);
    await reload();
  };
  const end = async (delegation: Row) => {
    try {
      await call("DELETE", `${delegations.path}/${delegation.id}`);
      await reload();
      const { delegator_id, delegate_id, permissions, end_time, reason } = delegation;
      toast.undo(t("done.end"), () => give({ delegator_id, delegate_id, permissions, end_time, reason }));
    } catch (refusal) {
      toast.refused(refusal);
    }
  };
  const rows = found.data?.rows ?? [];
  const groups = [
    { key: "lent", rows: rows.filter((each) => each.delegator_id === own) },
    { key: "borrowed", rows: rows.filter((each) => each.delegate_id === own) },
    { key: "others", rows: rows.filter((each) => each.delegator_id !== own && each.delegate_id !== own) },
  ].filter((group) => group.rows.length > 0);
  const action = can("identity.delegation.create") ? <Button type="primary" onClick={() => lend(true)}>{t("lend.title")}</Button> : null;
  return (
    <>
      <PageHeader title={t("title")} actions={action} />
      {found.isPending ? <Loading /> : found.isError ? <Failed error={found.error} retry={() => void found.refetch()} /> : rows.length === 0 ? <Empty title={t("empty.title")} text={t("empty.text")} action={action} /> : null}
      {groups.map((group) => (
        <section key={group.key} className="crm-panel settings-section">
          <div className="crm-panel-head"><h2>{t(`groups.${group.key}`)}</h2></div>
          <PlainTable caption={t(`groups.${group.key}`)} rows={group.rows} rowKey={(each) => each.id} columns={[
            { key: "from", title: t("fields.delegator_id"), render: (each) => <PersonName id={each.delegator_id} /> },
            { key: "to", title: t("fields.delegate_id"), render: (each) => <PersonName id={each.delegate_id} /> },
            { key: "what", title: t("fields.permissions"), render: (each) => <>{each.permissions?.length ? each.permissions.join(" · ") : t("everything")}{each.reason ? <small>{each.reason}</small> : null}</> },
            { key: "when", title: t("fields.period"), render: (each) => <><DateTime value={each.start_time || each.create_time} mode="exact" />{" – "}<DateTime value={each.end_time} mode="exact" /></> },
            { key: "state", title: t("fields.state"), render: (each) => <State delegation={each} /> },
            { key: "end", title: t("end"), actions: true, render: (each) => (can("identity.delegation.delete") && new Date(each.end_time) > new Date() ? <Button size="small" onClick={() => void end(each)}>{t("end")}</Button> : null) },
          ]} />
        </section>
      ))}
      {lending ? (
        <VerbDialog title={t("lend.title")} operation={delegations.schema} namespace="delegations" fields={["delegate_id", "end_time", "reason"]} more={["start_time", "permissions"]} within={{ delegate_id: `disabled = false AND id != "${own}"` }}
          initial={{ end_time: inDays(USUAL_DAYS) }} intro={<p>{t("lend.text")}</p>} submitLabel={t("lend.submit")} onSubmit={async (values) => { await give(values); toast.done(t("done.lend")); }} onClose={() => lend(false)} />
      ) : null}
    </>
  );
}

function State({ delegation }: { delegation: Row }) {
  const { t } = useTranslation("delegations");
  const now = new Date();
  if (new Date(delegation.end_time) <= now) return <StateTag tone="done">{t("state.over")}</StateTag>;
  if (delegation.start_time && new Date(delegation.start_time) > now) return <StateTag tone="new">{t("state.planned")}</StateTag>;
  return <StateTag tone="good">{t("state.active")}</StateTag>;
}
