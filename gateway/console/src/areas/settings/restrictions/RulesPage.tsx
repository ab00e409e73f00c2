/** Rules that hide records from roles and units, whatever else opens them. */
import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { create } from "@api/records";
import { restrictionRules } from "@api/resources";
import { useAccess } from "@app/access";
import type { Column } from "@kit/list/columns";
import { RecordList } from "@kit/list/RecordList";
import type { View } from "@kit/list/state";
import { VerbDialog } from "@kit/record/VerbDialog";
import { Empty } from "@kit/states";
import { RoleNames } from "../RolePicker";
import { inputs, MAIN, useResourceNames } from "./form";
import { RuleState } from "./RuleState";

export default function RulesPage() {
  const { t } = useTranslation("restriction_rules");
  const { can } = useAccess();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [adding, add] = useState(false);
  const views = useMemo<View[]>(() => [{ id: "all", name: t("views.all"), filter: "", order_by: "name" }, { id: "active", name: t("views.active"), filter: "active = true", order_by: "name" }], [t]);
  const columns = useMemo<Column[]>(
    () => [
      { field: "name", width: 220, primary: true },
      { field: "resource", width: 180, render: (rule) => <ResourceName resource={String(rule.resource)} /> },
      { field: "filter", width: 260, sort: false },
      { field: "roles", width: 220, sort: false, render: (rule) => <RoleNames codes={rule.roles} /> },
      { field: "active", width: 120, render: (rule) => <RuleState rule={rule} /> },
      { field: "update_time", width: 140 },
    ],
    [],
  );
  const save = async (values: Record<string, unknown>) => {
    const made = await create(restrictionRules, values);
    await client.invalidateQueries({ queryKey: [restrictionRules.schema] });
    void navigate(restrictionRules.page(made.id));
  };
  const action = can("identity.restriction_rule.create") ? <Button type="primary" onClick={() => add(true)}>{t("create.title")}</Button> : null;
  return (
    <>
      <RecordList resource={restrictionRules} namespace="restriction_rules" title={t("title")} views={views} columns={columns} actions={action} empty={<Empty title={t("empty.title")} text={t("empty.text")} action={action} />} />
      {adding ? <VerbDialog title={t("create.title")} operation={restrictionRules.schema} namespace="restriction_rules" fields={["resource", ...MAIN]} inputs={inputs} intro={<p>{t("create.text")}</p>} submitLabel={t("create.submit")} onSubmit={save} onClose={() => add(false)} /> : null}
    </>
  );
}

function ResourceName({ resource }: { resource: string }) {
  return <span>{useResourceNames().title(resource)}</span>;
}
