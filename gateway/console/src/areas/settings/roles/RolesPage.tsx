/** The roles: named sets of rights. */
import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { create } from "@api/records";
import { roles } from "@api/resources";
import { useAccess } from "@app/access";
import type { Column } from "@kit/list/columns";
import { RecordList } from "@kit/list/RecordList";
import type { View } from "@kit/list/state";
import { VerbDialog } from "@kit/record/VerbDialog";
import { Empty } from "@kit/states";

export default function RolesPage() {
  const { t } = useTranslation("roles");
  const { can } = useAccess();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [adding, add] = useState(false);
  const views = useMemo<View[]>(() => [{ id: "all", name: t("views.all"), filter: "", order_by: "code" }, { id: "own", name: t("views.own"), filter: "built_in = false", order_by: "code" }], [t]);
  const columns = useMemo<Column[]>(
    () => [
      { field: "title_zh", width: 220, primary: true, render: (role) => roles.title(role) },
      { field: "code", width: 180 },
      { field: "grants", width: 100, align: "end", sort: false, render: (role) => (role.grants ?? []).length },
      { field: "field_rules", width: 120, align: "end", sort: false, render: (role) => (role.field_rules ?? []).length },
      { field: "built_in", width: 120 },
      { field: "update_time", width: 140 },
    ],
    [],
  );
  const save = async (values: Record<string, unknown>) => {
    const role = await create(roles, { grants: [], field_rules: [], ...values });
    await client.invalidateQueries({ queryKey: [roles.schema] });
    void navigate(roles.page(role.id));
  };
  const action = can("identity.role.create") ? <Button type="primary" onClick={() => add(true)}>{t("create.title")}</Button> : null;
  return (
    <>
      <RecordList resource={roles} namespace="roles" title={t("title")} views={views} columns={columns} actions={action} empty={<Empty title={t("empty")} action={action} />} />
      {adding ? <VerbDialog title={t("create.title")} operation={roles.schema} namespace="roles" fields={["title_zh", "title_en", "code"]} required={["title_zh", "title_en"]} intro={<p>{t("create.text")}</p>} onSubmit={save} onClose={() => add(false)} /> : null}
    </>
  );
}
