/** One unit: its facts, its people, what can be done with it, and how far a move of it is. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { create, listPage, type Row, useVerb } from "@api/records";
import { units as resource, users } from "@api/resources";
import { call } from "@api/transport";
import { useAccess } from "@app/access";
import { ReferencePicker } from "@kit/ReferencePicker";
import { Facts } from "@kit/record/Facts";
import { VerbDialog } from "@kit/record/VerbDialog";
import { type Verb, Verbs } from "@kit/record/Verbs";
import { toast } from "@kit/toasts";
import { usePermissionNames } from "../permissions";

export function UnitPanel({ unit, units }: { unit: Row; units: Row[] }) {
  const { t } = useTranslation("units");
  const { can } = useAccess();
  const navigate = useNavigate();
  const client = useQueryClient();
  const move = useVerb(resource);
  const [dialog, open] = useState<"add" | "move" | "">("");
  const people = useQuery({
    queryKey: [users.schema, "of", unit.path],
    queryFn: ({ signal }) => listPage(users, { filter: `unit_id = "${unit.id}" AND disabled = false`, page_size: 8, count: "COUNT_MODE_CAPPED" }, "", signal),
    enabled: can("identity.user.list"),
  });
  const below = units.some((each) => each.parent_id === unit.id);
  const reload = () => client.invalidateQueries({ queryKey: [resource.schema] });
  const add = async (values: Record<string, unknown>) => {
    const made = await create(resource, { ...values, parent_id: unit.id });
    await reload();
    toast.done(t("done.add", { name: made.name }));
    void navigate(resource.page(made.id));
  };
  const moveTo = async (parent: string) => {
    const before = String(unit.parent_id);
    const moved = await move.mutateAsync({ id: unit.id, verb: "move", body: { parent_id: parent }, etag: unit.etag });
    toast.undo(t("done.move", { name: unit.name }), async () => {
      const latest = await call<Row>("GET", `${resource.path}/${moved.id}`);
      await move.mutateAsync({ id: moved.id, verb: "move", body: { parent_id: before }, etag: latest.etag });
    });
  };
  const remove = async () => {
    await call("DELETE", `${resource.path}/${unit.id}`, { query: { etag: unit.etag } });
    await reload();
    void navigate("/app/settings/units");
    toast.undo(t("done.remove", { name: unit.name }), async () => {
      await create(resource, { name: unit.name, code: unit.code, kind: unit.kind, parent_id: unit.parent_id });
      await reload();
    });
  };
  const verbs: Verb[] = [
    { key: "add", label: t("verbs.add"), permission: "identity.unit.create", enabled: !unit.former_path, run: () => open("add") },
    { key: "move", label: t("verbs.move"), permission: "identity.unit.move", enabled: Boolean(unit.parent_id) && !unit.former_path, run: () => open("move") },
    { key: "remove", label: t("verbs.remove"), permission: "identity.unit.delete", enabled: Boolean(unit.parent_id) && !below && people.data?.total === 0, danger: true, run: remove },
  ];
  return (
    <section className="crm-panel unit-panel" aria-label={unit.name}>
      <div className="crm-panel-head"><h2>{unit.name}</h2><span className="crm-page-actions"><Verbs verbs={verbs} /></span></div>
      {unit.former_path ? <Moving unit={unit} /> : null}
      <Facts resource={resource} namespace="units" record={unit} groups={[{ title: t("groups.unit"), fields: ["name", "kind", "code", "path", "create_time", "update_time"] }]} />
      {people.data ? (
        <div>
          <h2>{t("people", { count: people.data.total })}</h2>
          <ul className="unit-people">
            {people.data.rows.map((user) => <li key={user.id}><Link to={users.page(user.id)}>{users.title(user)}</Link>{user.title ? <small>{user.title}</small> : null}</li>)}
          </ul>
          {people.data.total > people.data.rows.length ? <Link to={`/app/settings/users?view=active&f=${encodeURIComponent(`unit_id = "${unit.id}"`)}`}>{t("people_all")}</Link> : null}
        </div>
      ) : null}
      {dialog === "add" ? <VerbDialog title={t("verbs.add")} operation={resource.schema} namespace="units" fields={["name", "code", "kind"]} intro={<p>{t("add_text", { name: unit.name })}</p>} onSubmit={add} onClose={() => open("")} /> : null}
      {dialog === "move" ? <VerbDialog title={t("move.title", { name: unit.name })} operation="identity_MoveUnit" namespace="units" fields={["parent_id"]} submitLabel={t("verbs.move")} intro={<p>{t("move.text")}</p>}
        inputs={{ parent_id: ({ value, onChange, ...rest }) => <ReferencePicker {...rest} resource={resource} filter={`id != "${unit.id}" AND id != "${unit.parent_id}"`} value={String(value ?? "")} onChange={onChange} /> }}
        onSubmit={(values) => moveTo(String(values.parent_id))} onClose={() => open("")} /> : null}
    </section>
  );
}

/** The services that have yet to rewrite their records, looked at again every two seconds until none is left. */
function Moving({ unit }: { unit: Row }) {
  const { t } = useTranslation("units");
  const names = usePermissionNames();
  const client = useQueryClient();
  useEffect(() => {
    const timer = setInterval(() => void client.invalidateQueries({ queryKey: [resource.schema] }), 2000);
    return () => clearInterval(timer);
  }, [client]);
  const left = ((unit.moving_services ?? []) as string[]).map(names.service);
  return <Alert type="info" showIcon role="status" title={t("move.running", { from: unit.former_path, to: unit.path })} description={left.length > 0 ? t("move.left", { services: left.join(t("comma")) }) : undefined} />;
}
