/** Where people sign in with the account of their company. */
import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { create } from "@api/records";
import { identityProviders } from "@api/resources";
import { useAccess } from "@app/access";
import type { Column } from "@kit/list/columns";
import { RecordList } from "@kit/list/RecordList";
import type { View } from "@kit/list/state";
import { VerbDialog } from "@kit/record/VerbDialog";
import { Empty } from "@kit/states";
import { toast } from "@kit/toasts";
import { inputs, MAIN, MORE } from "./form";
import { ProviderState } from "./ProviderState";

export default function ProvidersPage() {
  const { t } = useTranslation("identity_providers");
  const { can } = useAccess();
  const client = useQueryClient();
  const [adding, add] = useState(false);
  const views = useMemo<View[]>(() => [{ id: "all", name: t("views.all"), filter: "", order_by: "name" }], [t]);
  const columns = useMemo<Column[]>(
    () => [
      { field: "name", width: 200, primary: true },
      { field: "code", width: 140 },
      { field: "issuer", width: 320 },
      { field: "provision", width: 160 },
      { field: "disabled", width: 120, render: (provider) => <ProviderState provider={provider} /> },
      { field: "update_time", width: 140 },
    ],
    [],
  );
  const save = async (values: Record<string, unknown>) => {
    const made = await create(identityProviders, values);
    await client.invalidateQueries({ queryKey: [identityProviders.schema] });
    toast.done(t("done.create", { name: made.name }));
  };
  const action = can("identity.identity_provider.create") ? <Button type="primary" onClick={() => add(true)}>{t("create.title")}</Button> : null;
  return (
    <>
      <RecordList resource={identityProviders} namespace="identity_providers" title={t("title")} views={views} columns={columns} actions={action} empty={<Empty title={t("empty.title")} text={t("empty.text")} action={action} />} />
      {adding ? <VerbDialog title={t("create.title")} operation={identityProviders.schema} namespace="identity_providers" fields={["code", ...MAIN]} more={MORE} inputs={inputs} intro={<p>{t("create.text", { address: `${location.origin}/sign-in/callback` })}</p>} submitLabel={t("create.submit")} onSubmit={save} onClose={() => add(false)} /> : null}
    </>
  );
}
