/** The forms on the web, with what came of each. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { CatalogueList } from "@kit/catalogue/CatalogueList";
import type { CatalogueForm } from "@kit/catalogue/form";
import type { Column } from "@kit/list/columns";
import type { View } from "@kit/list/state";
import { FormState } from "./FormState";
import { FIRST, webForms } from "./forms";

const NEW: CatalogueForm = { fields: ["name", "title_zh", "title_en", "campaign_id"] };

export default function FormsPage() {
  const { t } = useTranslation("web_forms");
  const views = useMemo<View[]>(
    () => [
      { id: "all", name: t("views.all"), filter: "", order_by: "create_time desc" },
      { id: "published", name: t("views.published"), filter: "state = PUBLISHED", order_by: "publish_time desc" },
      { id: "drafts", name: t("views.drafts"), filter: "state = DRAFT", order_by: "create_time desc" },
    ],
    [t],
  );
  const columns = useMemo<Column[]>(
    () => [
      { field: "name", width: 260, primary: true },
      { field: "state", width: 110, render: (form) => <FormState form={form} /> },
      { field: "shown_count", width: 110, sort: false },
      { field: "submitted_count", width: 110, sort: false },
      { field: "refused_count", width: 110, sort: false },
      { field: "campaign_id", width: 180, sort: false },
      { field: "publish_time", width: 150 },
      { field: "owner_id", width: 140 },
    ],
    [],
  );
  return <CatalogueList resource={webForms} namespace="web_forms" views={views} columns={columns} form={NEW} prepare={(values) => ({ ...FIRST, ...values })} />;
}
