/** Dashboards one may use: one's own, the unit's, everyone's. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { dashboards } from "@api/resources";
import { CatalogueList } from "@kit/catalogue/CatalogueList";
import type { CatalogueForm } from "@kit/catalogue/form";
import type { Column } from "@kit/list/columns";
import type { View } from "@kit/list/state";
import { useAccess } from "@app/access";

const FORM: CatalogueForm = { fields: ["name"], required: ["name"] };

export default function DashboardsPage() {
  const { t } = useTranslation("dashboards");
  const { id } = useAccess();
  const views = useMemo<View[]>(() => [{ id: "all", name: t("views.all"), filter: "", order_by: "update_time desc" }, { id: "mine", name: t("views.mine"), filter: `owner_id = "${id}"`, order_by: "update_time desc" }], [t, id]);
  const columns = useMemo<Column[]>(
    () => [
      { field: "name", width: 300, primary: true },
      { field: "tiles", width: 90, align: "end", sort: false, render: (row) => (row.tiles as unknown[] | undefined)?.length ?? 0 },
      { field: "audience", width: 120 },
      { field: "owner_id", width: 140 },
      { field: "update_time", width: 130 },
    ],
    [],
  );
  return <CatalogueList resource={dashboards} namespace="dashboards" views={views} columns={columns} form={FORM} />;
}
