/** One key: what it may do, when it was last used; a new secret, and its end. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { type Row, useRecord, useVerb } from "@api/records";
import { apiKeys } from "@api/resources";
import { useGuardedChange } from "@kit/conflict";
import { PlainTable } from "@kit/PlainTable";
import { Facts } from "@kit/record/Facts";
import { RecordPage } from "@kit/record/RecordPage";
import { VerbDialog } from "@kit/record/VerbDialog";
import { Verbs } from "@kit/record/Verbs";
import { Failed, Loading } from "@kit/states";
import { toast } from "@kit/toasts";
import { UnitName } from "@kit/units";
import { DateTime } from "@kit/values";
import { GrantLines } from "../GrantLines";
import { usePermissionNames } from "../permissions";
import { KeyState } from "./KeyState";
import SecretDialog from "./SecretDialog";

export default function ApiKeyPage() {
  const { t } = useTranslation("api_keys");
  const { id = "" } = useParams();
  const names = usePermissionNames();
  const found = useRecord(apiKeys, id);
  const verb = useVerb(apiKeys);
  const change = useGuardedChange(apiKeys, "api_keys");
  const [dialog, open] = useState<"rotate" | "revoke" | "grants" | "">("");
  const [rotated, setRotated] = useState<Row>();
  const key = found.data;
  if (found.isPending) return <Loading rows={8} />;
  if (!key) return <Failed error={found.error} retry={() => void found.refetch()} />;
  const active = key.state === "ACTIVE";
  const close = () => open("");
  const describe = (permission: string) => (permission.includes("*") ? permission : names.line(permission));
  return (
    <>
      <RecordPage
        back="/app/settings/api-keys"
        title={key.name}
        above={key.prefix}
        state={<KeyState apiKey={key} />}
        verbs={<Verbs verbs={[
          { key: "rotate", label: t("verbs.rotate"), permission: "identity.api_key.rotate", enabled: active, run: () => open("rotate") },
          { key: "grants", label: t("verbs.grants"), permission: "identity.api_key.update", enabled: active, run: () => open("grants") },
          { key: "revoke", label: t("verbs.revoke"), permission: "identity.api_key.revoke", enabled: active, danger: true, run: () => open("revoke") },
        ]} />}
        highlights={[
          { label: t("fields.unit_path"), value: <UnitName path={key.unit_path} /> },
          { label: t("fields.last_used_time"), value: <DateTime value={key.last_used_time} mode="relative" /> },
          { label: t("fields.expire_time"), value: <DateTime value={key.expire_time} mode="exact" overdue={active} /> },
          ...(key.former_secret_expire_time ? [{ label: t("fields.former_secret_expire_time"), value: <DateTime value={key.former_secret_expire_time} mode="exact" /> }] : []),
        ]}
        facts={<Facts resource={apiKeys} namespace="api_keys" record={key} editable={active} groups={[{ title: t("group"), fields: ["name", "user_id", "rate_class", "allowed_networks", "expire_time", "last_used_address", "revoke_reason", "create_time", "update_time"] }]} />}
        timeline={
          <>
            <div className="crm-panel-head"><h2>{t("fields.grants")}</h2></div>
            <PlainTable caption={t("fields.grants")} rows={(key.grants ?? []) as { permission: string; scope: string }[]} rowKey={(grant) => grant.permission} columns={[
              { key: "permission", title: t("grants.permission"), render: (grant) => <>{describe(grant.permission)}<small>{grant.permission}</small></> },
              { key: "scope", title: t("grants.scope"), render: (grant) => names.scope(grant.scope) },
            ]} />
          </>
        }
      />
      {dialog === "rotate" ? <VerbDialog title={t("verbs.rotate")} operation="identity_RotateApiKey" namespace="api_keys" fields={["overlap_days"]} initial={{ overlap_days: 7 }} intro={<p>{t("rotate_text")}</p>} onClose={close} onSubmit={async (values) => setRotated(await verb.mutateAsync({ id, verb: "rotate", body: values, etag: key.etag }))} /> : null}
      {dialog === "revoke" ? <VerbDialog title={t("verbs.revoke")} operation="identity_RevokeApiKey" namespace="api_keys" fields={["reason"]} intro={<p>{t("revoke_text")}</p>} onClose={close} onSubmit={async (values) => { await verb.mutateAsync({ id, verb: "revoke", body: values, etag: key.etag }); toast.done(t("done.revoke", { name: key.name })); }} /> : null}
      {dialog === "grants" ? <VerbDialog title={t("verbs.grants")} operation={apiKeys.schema} namespace="api_keys" fields={["grants"]} initial={{ grants: key.grants }} inputs={{ grants: (props) => <GrantLines {...props} /> }} submitLabel={t("kit:save")} onClose={close} onSubmit={async (values) => { if (await change(key, values)) toast.done(t("done.grants")); }} /> : null}
      {rotated ? <SecretDialog name={String(rotated.name)} secret={String(rotated.secret)} onClose={() => setRotated(undefined)} /> : null}
    </>
  );
}
