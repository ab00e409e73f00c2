/** The forms on the web, with what came of each. */
import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { create } from "@api/records";
import { useAccess } from "@app/access";
import type { Column } from "@kit/list/columns";
import { RecordList } from "@kit/list/RecordList";
import type { View } from "@kit/list/state";
import { VerbDialog } from "@kit/record/VerbDialog";
import { Empty } from "@kit/states";
import { FormState } from "./FormState";
import { FIRST, webForms } from "./forms";

export default function FormsPage() {
  const { t } = useTranslation("web_forms");
  const { can } = useAccess();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [adding, add] = useState(false);
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
  const save = async (values: Record<string, unknown>) => {
    const form = await create(webForms, { ...FIRST, ...values });
    await client.invalidateQueries({ queryKey: [webForms.schema] });
    void navigate(webForms.page(form.id));
  };
  const action = can("leads.web_form.create") ? <Button type="primary" onClick={() => add(true)}>{t("create.title")}</Button> : null;
  return (
    <>
      <RecordList resource={webForms} namespace="web_forms" title={t("title")} views={views} columns={columns} actions={action} empty={<Empty title={t("empty.title")} text={t("empty.text")} action={action} />} />
      {adding ? <VerbDialog title={t("create.title")} operation={webForms.schema} namespace="web_forms" fields={["name", "title_zh", "title_en", "campaign_id"]} intro={<p>{t("create.text")}</p>} submitLabel={t("create.submit")} onSubmit={save} onClose={() => add(false)} /> : null}
    </>
  );
}
