/** Reports that people made themselves: one's own, the unit's, everyone's. */
import { PlusOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { reportDefinitions } from "@api/resources";
import { useAccess } from "@app/access";
import { useShortcut } from "@app/shortcuts";
import type { Column } from "@kit/list/columns";
import { RecordList } from "@kit/list/RecordList";
import type { View } from "@kit/list/state";
import { Empty } from "@kit/states";
import { useDatasets } from "@kit/report/definition";

const NEW = "/app/analytics/own-reports/new";

export default function OwnReportsPage() {
  const { t } = useTranslation("own_reports");
  const navigate = useNavigate();
  const { can, id } = useAccess();
  const { datasets } = useDatasets();
  const mayMake = can("reporting.report_definition.create");
  useShortcut("c", () => navigate(NEW), "create", mayMake);
  const views = useMemo<View[]>(() => [{ id: "all", name: t("views.all"), filter: "", order_by: "update_time desc" }, { id: "mine", name: t("views.mine"), filter: `owner_id = "${id}"`, order_by: "update_time desc" }], [t, id]);
  const columns = useMemo<Column[]>(
    () => [
      { field: "name", width: 280, primary: true },
      { field: "dataset", width: 120, render: (row) => datasets.find((each) => each.name === row.dataset)?.label ?? String(row.dataset) },
      { field: "chart", width: 110 },
      { field: "audience", width: 110 },
      { field: "owner_id", width: 130 },
      { field: "update_time", width: 130 },
    ],
    [datasets],
  );
  const action = mayMake ? <Button type="primary" icon={<PlusOutlined />} onClick={() => void navigate(NEW)}>{t("new")}</Button> : null;
  return <RecordList resource={reportDefinitions} namespace="own_reports" title={t("title")} views={views} columns={columns} actions={action} empty={<Empty title={t("empty.title")} text={t("empty.text")} action={action} />} />;
}
