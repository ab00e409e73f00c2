/** Other sellers met in deals, and where they can be beaten. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { competitors } from "@api/catalogue";
import { CatalogueList } from "@kit/catalogue/CatalogueList";
import type { Column } from "@kit/list/columns";
import type { View } from "@kit/list/state";
import { FORM } from "./form";

export default function CompetitorsPage() {
  const { t } = useTranslation("competitors");
  const views = useMemo<View[]>(() => [{ id: "all", name: t("views.all"), filter: "", order_by: "name" }], [t]);
  const columns = useMemo<Column[]>(
    () => [
      { field: "name", width: 220, primary: true },
      { field: "strengths", width: 260, sort: false },
      { field: "weaknesses", width: 260, sort: false },
      { field: "price_notes", width: 200, sort: false },
      { field: "update_time", width: 130 },
    ],
    [],
  );
  return <CatalogueList resource={competitors} namespace="competitors" views={views} columns={columns} form={FORM} />;
}
