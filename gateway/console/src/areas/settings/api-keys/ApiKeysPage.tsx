/** Keys of partners' systems and of people's command lines. */
import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { create, type Row } from "@api/records";
import { apiKeys } from "@api/resources";
import { useAccess } from "@app/access";
import type { Column } from "@kit/list/columns";
import { RecordList } from "@kit/list/RecordList";
import type { View } from "@kit/list/state";
import { VerbDialog } from "@kit/record/VerbDialog";
import { Empty } from "@kit/states";
import { UnitName } from "@kit/units";
import { DateTime } from "@kit/values";
import { GrantLines } from "../GrantLines";
import { KeyState } from "./KeyState";
import SecretDialog from "./SecretDialog";

const USUAL_DAYS = 180;
const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

export default function ApiKeysPage() {
  const { t } = useTranslation("api_keys");
  const { can, me } = useAccess();
  const client = useQueryClient();
  const [adding, add] = useState(false);
  const [made, setMade] = useState<Row>();
  const views = useMemo<View[]>(() => [{ id: "all", name: t("views.all"), filter: "", order_by: "create_time desc" }], [t]);
  const columns = useMemo<Column[]>(
    () => [
      { field: "name", width: 240, primary: true },
      { field: "prefix", width: 130, sort: false, render: (key) => <code>{key.prefix}</code> },
      { field: "state", width: 110, sort: false, render: (key) => <KeyState apiKey={key} /> },
      { field: "unit_id", width: 200, render: (key) => <UnitName path={key.unit_path} /> },
      { field: "user_id", width: 150 },
      { field: "last_used_time", width: 130, sort: false, render: (key) => <DateTime value={key.last_used_time} mode="relative" /> },
      { field: "last_used_address", width: 140, sort: false },
      { field: "expire_time", width: 120, render: (key) => <DateTime value={key.expire_time} overdue={key.state === "ACTIVE"} /> },
    ],
    [],
  );
  const save = async (values: Record<string, unknown>) => {
    const key = await create(apiKeys, values);
    await client.invalidateQueries({ queryKey: [apiKeys.schema] });
    setMade(key);
  };
  const action = can("identity.api_key.create") ? <Button type="primary" onClick={() => add(true)}>{t("create.title")}</Button> : null;
  return (
    <>
      <RecordList resource={apiKeys} namespace="api_keys" title={t("title")} views={views} columns={columns} actions={action} empty={<Empty title={t("empty.title")} text={t("empty.text")} action={action} />} />
      {adding ? (
        <VerbDialog title={t("create.title")} operation={apiKeys.schema} namespace="api_keys" fields={["name", "unit_id", "expire_time", "grants"]} more={["user_id", "allowed_networks", "rate_class"]}
          initial={{ unit_id: me.user?.unit_id, expire_time: inDays(USUAL_DAYS), grants: [{ permission: "", scope: "subtree" }] }}
          inputs={{ grants: (props) => <GrantLines {...props} /> }} submitLabel={t("create.submit")} onSubmit={save} onClose={() => add(false)} />
      ) : null}
      {made ? <SecretDialog name={String(made.name)} secret={String(made.secret)} onClose={() => setMade(undefined)} /> : null}
    </>
  );
}
