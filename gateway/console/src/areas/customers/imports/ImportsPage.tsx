/** The import jobs: what came in from which file, and what did not. */
import { UploadOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { leadImports } from "@api/resources";
import { useAccess } from "@app/access";
import { useShortcut } from "@app/shortcuts";
import type { Column } from "@kit/list/columns";
import { RecordList } from "@kit/list/RecordList";
import type { View } from "@kit/list/state";
import { Empty } from "@kit/states";
import { ImportState } from "./ImportState";

export default function ImportsPage() {
  const { t } = useTranslation("imports");
  const { can } = useAccess();
  const navigate = useNavigate();
  const mayStart = can("leads.lead_import.create");
  useShortcut("c", () => navigate("/app/customers/imports/new"), "create", mayStart);
  const views = useMemo<View[]>(
    () => [
      { id: "imports", name: t("views.imports"), filter: "dry_run = false", order_by: "create_time desc" },
      { id: "checks", name: t("views.checks"), filter: "dry_run = true", order_by: "create_time desc" },
      { id: "running", name: t("views.running"), filter: "state = (QUEUED OR RUNNING)", order_by: "create_time desc" },
      { id: "all", name: t("views.all"), filter: "", order_by: "create_time desc" },
    ],
    [t],
  );
  const columns = useMemo<Column[]>(
    () => [
      { field: "filename", width: 260, primary: true },
      { field: "state", width: 150, render: (job) => <ImportState job={job} /> },
      { field: "row_count", width: 90, sort: false },
      { field: "created_count", width: 110, sort: false },
      { field: "merged_count", width: 100, sort: false },
      { field: "error_count", width: 100, sort: false },
      { field: "source", width: 130, sort: false },
      { field: "create_time", width: 140 },
      { field: "owner_id", width: 140, sort: false },
    ],
    [],
  );
  const start = mayStart ? <Link to="/app/customers/imports/new"><Button type="primary" icon={<UploadOutlined />} tabIndex={-1}>{t("create.title")}</Button></Link> : null;
  return <RecordList resource={leadImports} namespace="imports" title={t("title")} views={views} columns={columns} actions={start} empty={<Empty title={t("empty.title")} text={t("empty.text")} action={start} />} />;
}
