/** One role: what its holders may do and how far, and which fields they see and write. Kept as a draft until saved. */
import { useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { create, type Row, useRecord } from "@api/records";
import { roles } from "@api/resources";
import { call } from "@api/transport";
import { useAccess } from "@app/access";
import { useGuardedChange } from "@kit/conflict";
import { Facts } from "@kit/record/Facts";
import { RecordPage } from "@kit/record/RecordPage";
import { Verbs } from "@kit/record/Verbs";
import { Failed, Loading } from "@kit/states";
import { toast } from "@kit/toasts";
import { FieldRules } from "./FieldRules";
import { GrantsEditor } from "./GrantsEditor";
import type { FieldRule, Grant } from "./grants";
import "./roles.css";

export default function RolePage() {
  const { t } = useTranslation("roles");
  const { id = "" } = useParams();
  const navigate = useNavigate();
  const client = useQueryClient();
  const found = useRecord(roles, id);
  const role = found.data;
  if (found.isPending) return <Loading rows={8} />;
  if (!role) return <Failed error={found.error} retry={() => void found.refetch()} />;
  const remove = async () => {
    await call("DELETE", `${roles.path}/${id}`, { query: { etag: role.etag } });
    await client.invalidateQueries({ queryKey: [roles.schema] });
    void navigate("/app/settings/roles");
    const { code, title_en, title_zh, grants, field_rules } = role;
    toast.undo(t("done.remove", { name: roles.title(role) }), async () => {
      await create(roles, { code, title_en, title_zh, grants, field_rules });
      await client.invalidateQueries({ queryKey: [roles.schema] });
    });
  };
  return (
    <RecordPage
      back="/app/settings/roles"
      title={roles.title(role)}
      above={role.code}
      verbs={<Verbs verbs={[{ key: "remove", label: t("verbs.remove"), permission: "identity.role.delete", enabled: !role.built_in, danger: true, rare: true, run: remove }]} />}
      facts={<Facts resource={roles} namespace="roles" record={role} editable={role.code !== "administrator"} groups={[{ title: t("group"), fields: ["title_zh", "title_en", "code", "built_in", "create_time", "update_time"] }]} />}
      timeline={<Rights key={role.etag} role={role} />}
    />
  );
}

function Rights({ role }: { role: Row }) {
  const { t } = useTranslation("roles");
  const { can } = useAccess();
  const change = useGuardedChange(roles, "roles");
  const [tab, setTab] = useState<"grants" | "fields">("grants");
  const [grants, setGrants] = useState<Grant[]>(role.grants ?? []);
  const [rules, setRules] = useState<FieldRule[]>(role.field_rules ?? []);
  const [busy, setBusy] = useState(false);
  const fixed = role.code === "administrator" || !can("identity.role.update");
  const changed = JSON.stringify([grants, rules]) !== JSON.stringify([role.grants ?? [], role.field_rules ?? []]);
  const drop = () => {
    setGrants(role.grants ?? []);
    setRules(role.field_rules ?? []);
  };
  const save = async () => {
    setBusy(true);
    try {
      const before = { grants: role.grants ?? [], field_rules: role.field_rules ?? [] };
      const saved = await change(role, { grants, field_rules: rules.filter((rule) => rule.field.trim()) });
      if (saved) toast.undo(t("done.save", { name: roles.title(role) }), () => change(saved, before));
    } catch (refusal) {
      toast.refused(refusal);
    } finally {
      setBusy(false);
    }
  };
  const tabs = [{ value: "grants" as const, label: t("tabs.grants", { count: grants.length }) }, { value: "fields" as const, label: t("tabs.fields", { count: rules.length }) }];
  return (
    <>
      <div className="crm-panel-head">
        <h2>{t("rights")}</h2>
        <Segmented aria-label={t("rights")} value={tab} options={tabs} onChange={setTab} />
      </div>
      {role.code === "administrator" ? <Alert type="info" showIcon title={t("fixed")} /> : null}
      {tab === "grants" ? <GrantsEditor grants={grants} onChange={setGrants} readOnly={fixed} /> : <FieldRules rules={rules} onChange={setRules} readOnly={fixed} />}
      {changed ? (
        <div className="crm-form-end role-save" role="status">
          <span className="crm-form-hint">{t("unsaved")}</span>
          <Button onClick={drop}>{t("verbs.drop")}</Button>
          <Button type="primary" loading={busy} onClick={() => void save()}>{t("verbs.save")}</Button>
        </div>
      ) : null}
    </>
  );
}
