/** Plans of the market: the one in force, those being drawn, those that ended. */
import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { create } from "@api/records";
import { territoryModels } from "@api/resources";
import { useAccess } from "@app/access";
import type { Column } from "@kit/list/columns";
import { RecordList } from "@kit/list/RecordList";
import type { View } from "@kit/list/state";
import { VerbDialog } from "@kit/record/VerbDialog";
import { Empty } from "@kit/states";
import { DateTime } from "@kit/values";
import { ModelState } from "./ModelState";

export default function TerritoryModelsPage() {
  const { t } = useTranslation("territories");
  const { can } = useAccess();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [adding, add] = useState(false);
  const views = useMemo<View[]>(() => [{ id: "current", name: t("views.current"), filter: "state = (ACTIVE OR PLANNING)", order_by: "create_time desc" }, { id: "all", name: t("views.all"), filter: "", order_by: "create_time desc" }], [t]);
  const columns = useMemo<Column[]>(
    () => [
      { field: "name", width: 300, primary: true },
      { field: "state", width: 150, render: (model) => <ModelState model={model} /> },
      { field: "effective_time", width: 150, render: (model) => <DateTime value={model.activate_time || model.effective_time} mode="exact" /> },
      { field: "archive_time", width: 150, render: (model) => <DateTime value={model.archive_time} mode="exact" /> },
      { field: "source_model_id", width: 240 },
      { field: "update_time", width: 130 },
    ],
    [],
  );
  const save = async (values: Record<string, unknown>) => {
    const model = await create(territoryModels, values);
    await client.invalidateQueries({ queryKey: [territoryModels.schema] });
    void navigate(territoryModels.page(model.id));
  };
  const action = can("identity.territory_model.create") ? <Button type="primary" onClick={() => add(true)}>{t("create.title")}</Button> : null;
  return (
    <>
      <RecordList resource={territoryModels} namespace="territories" title={t("title")} views={views} columns={columns} actions={action} empty={<Empty title={t("empty.title")} text={t("empty.text")} action={action} />} />
      {adding ? <VerbDialog title={t("create.title")} operation={territoryModels.schema} namespace="territories" fields={["name"]} intro={<p>{t("create.text")}</p>} submitLabel={t("create.submit")} onSubmit={save} onClose={() => add(false)} /> : null}
    </>
  );
}
