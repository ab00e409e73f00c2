/** Teams: people of several units who share records. */
import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { create } from "@api/records";
import { teams } from "@api/resources";
import { useAccess } from "@app/access";
import type { Column } from "@kit/list/columns";
import { RecordList } from "@kit/list/RecordList";
import type { View } from "@kit/list/state";
import { VerbDialog } from "@kit/record/VerbDialog";
import { Empty } from "@kit/states";
import { UnitName } from "@kit/units";

export default function TeamsPage() {
  const { t } = useTranslation("teams");
  const { can } = useAccess();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [adding, add] = useState(false);
  const views = useMemo<View[]>(() => [{ id: "all", name: t("views.all"), filter: "", order_by: "name" }], [t]);
  const columns = useMemo<Column[]>(
    () => [
      { field: "name", width: 240, primary: true },
      { field: "unit_id", width: 240, render: (team) => <UnitName path={team.unit_path} /> },
      { field: "member_ids", width: 100, align: "end", sort: false, render: (team) => (team.member_ids ?? []).length },
      { field: "external_id", width: 180 },
      { field: "update_time", width: 140, sort: false },
    ],
    [],
  );
  const save = async (values: Record<string, unknown>) => {
    const team = await create(teams, values);
    await client.invalidateQueries({ queryKey: [teams.schema] });
    void navigate(teams.page(team.id));
  };
  const action = can("identity.team.create") ? <Button type="primary" onClick={() => add(true)}>{t("create")}</Button> : null;
  return (
    <>
      <RecordList resource={teams} namespace="teams" title={t("title")} views={views} columns={columns} actions={action} empty={<Empty title={t("empty.title")} text={t("empty.text")} action={action} />} />
      {adding ? <VerbDialog title={t("create")} operation={teams.schema} namespace="teams" fields={["name", "unit_id"]} onSubmit={save} onClose={() => add(false)} /> : null}
    </>
  );
}
