/** One identity provider: how this platform talks to it, and who is made a user by it. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { useRecord } from "@api/records";
import { identityProviders } from "@api/resources";
import { call } from "@api/transport";
import { useGuardedChange } from "@kit/conflict";
import { PlainTable } from "@kit/PlainTable";
import { Facts } from "@kit/record/Facts";
import { RecordPage } from "@kit/record/RecordPage";
import { VerbDialog } from "@kit/record/VerbDialog";
import { Verbs } from "@kit/record/Verbs";
import { Failed, Loading } from "@kit/states";
import { toast } from "@kit/toasts";
import { RoleNames } from "../RolePicker";
import { inputs, MAIN, MORE } from "./form";
import { ProviderState } from "./ProviderState";

export default function ProviderPage() {
  const { t } = useTranslation("identity_providers");
  const { id = "" } = useParams();
  const navigate = useNavigate();
  const client = useQueryClient();
  const found = useRecord(identityProviders, id);
  const change = useGuardedChange(identityProviders, "identity_providers");
  const [dialog, open] = useState<"edit" | "remove" | "">("");
  const provider = found.data;
  if (found.isPending) return <Loading rows={8} />;
  if (!provider) return <Failed error={found.error} retry={() => void found.refetch()} />;
  const off = Boolean(provider.disabled);
  const turn = async () => {
    const saved = await change(provider, { disabled: !off });
    if (saved) toast.undo(t(off ? "done.on" : "done.off", { name: provider.name }), () => change(saved, { disabled: off }));
  };
  const remove = async () => {
    await call("DELETE", `${identityProviders.path}/${id}`, { query: { etag: provider.etag } });
    await client.invalidateQueries({ queryKey: [identityProviders.schema] });
    toast.done(t("done.remove", { name: provider.name }));
    void navigate("/app/settings/identity-providers");
  };
  const initial = Object.fromEntries([...MAIN, ...MORE].map((name) => [name, provider[name]]));
  const groups = (provider.group_roles ?? []) as { group: string; role: string }[];
  return (
    <>
      <RecordPage
        back="/app/settings/identity-providers"
        title={provider.name}
        above={provider.code}
        state={<ProviderState provider={provider} />}
        verbs={<Verbs verbs={[
          { key: "edit", label: t("verbs.edit"), permission: "identity.identity_provider.update", enabled: true, run: () => open("edit") },
          { key: "turn", label: t(off ? "verbs.on" : "verbs.off"), permission: "identity.identity_provider.update", enabled: true, run: turn },
          { key: "remove", label: t("verbs.remove"), permission: "identity.identity_provider.delete", enabled: off, danger: true, run: () => open("remove") },
        ]} />}
        facts={<Facts resource={identityProviders} namespace="identity_providers" record={provider} groups={[{ title: t("group"), fields: ["name", "issuer", "client_id", "scopes", "provision", "default_unit_id", "group_claim", "create_time", "update_time"] }]} />}
        timeline={
          <>
            <div className="crm-panel-head"><h2>{t("fields.group_roles")}</h2></div>
            <p className="crm-muted">{t("default_roles")}{" "}<RoleNames codes={provider.default_roles} /></p>
            {groups.length > 0 ? <PlainTable caption={t("fields.group_roles")} rows={groups} rowKey={(line) => `${line.group} ${line.role}`} columns={[{ key: "group", title: t("groups.group"), render: (line) => line.group }, { key: "role", title: t("groups.role"), render: (line) => <RoleNames codes={[line.role]} /> }]} /> : null}
          </>
        }
      />
      {dialog === "edit" ? <VerbDialog title={t("verbs.edit")} operation={identityProviders.schema} namespace="identity_providers" fields={MAIN} more={MORE} inputs={inputs} initial={initial} submitLabel={t("kit:save")} onClose={() => open("")} onSubmit={async (values) => { if (await change(provider, values)) toast.done(t("done.edit")); }} /> : null}
      {dialog === "remove" ? <VerbDialog title={t("verbs.remove")} operation={identityProviders.schema} namespace="identity_providers" fields={[]} intro={<p>{t("remove_text")}</p>} onClose={() => open("")} onSubmit={remove} /> : null}
    </>
  );
}
