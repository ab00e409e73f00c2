/** The fields an administrator added to each kind of record. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { call } from "@api/transport";
import { useAccess } from "@app/access";
import { PageHeader } from "@kit/PageHeader";
import { PlainTable } from "@kit/PlainTable";
import { VerbDialog } from "@kit/record/VerbDialog";
import { Empty, Failed, Loading } from "@kit/states";
import { toast } from "@kit/toasts";
import { Flag } from "@kit/values";
import { usePermissionNames } from "../permissions";
import "@kit/form.css";
import "@kit/record/record.css";
import "../settings.css";

interface CustomField {
  id: string;
  name: string;
  type: string;
  label_en: string;
  label_zh: string;
  required: boolean;
  options?: string[];
}

const KINDS = ["leads.lead", "customers.customer", "customers.contact", "sales.opportunity", "sales.quote", "sales.contract", "sales.receipt", "sales.product", "service-desk.ticket", "marketing.campaign"];

export default function FieldsPage() {
  const { t } = useTranslation("custom_fields");
  const { can } = useAccess();
  const names = usePermissionNames();
  const client = useQueryClient();
  const [params, setParams] = useSearchParams();
  const [adding, add] = useState(false);
  const kind = params.get("of") ?? "leads.lead";
  const [service = "", resource = ""] = kind.split(".");
  const path = `/v1/services/${service}/custom-fields`;
  const found = useQuery({ queryKey: ["ops.CustomField", kind], queryFn: ({ signal }) => call<{ custom_fields?: CustomField[] }>("GET", path, { query: { resource }, signal }) });
  const reload = async () => {
    await client.invalidateQueries({ queryKey: ["ops.CustomField"] });
    // Lists and forms know the fields of a record from here.
    await client.invalidateQueries({ queryKey: ["fields"] });
  };
  const save = async (field: Partial<CustomField>) => {
    await call("POST", path, { body: { ...field, resource } });
    await reload();
  };
  const hide = async (field: CustomField) => {
    try {
      await call("DELETE", `${path}/${field.id}`);
      await reload();
      const { name, type, label_en, label_zh, required, options } = field;
      toast.undo(t("done.hide", { name }), () => save({ name, type, label_en, label_zh, required, options }));
    } catch (refusal) {
      toast.refused(refusal);
    }
  };
  const fields = found.data?.custom_fields ?? [];
  const action = can("ops.custom_field.create") ? <Button type="primary" onClick={() => add(true)}>{t("add")}</Button> : null;
  const title = names.resource(service, resource);
  return (
    <>
      <PageHeader title={t("title")} actions={action} />
      <div className="settings-bar">
        <div><label htmlFor="fields-of" className="crm-field-label">{t("of")}</label><Select id="fields-of" className="crm-wide" value={kind} options={KINDS.map((value) => ({ value, label: names.resource("", value.split(".")[1] ?? "") }))} onChange={(value) => setParams({ of: value }, { replace: true })} /></div>
      </div>
      {found.isPending ? <Loading /> : found.isError ? <Failed error={found.error} retry={() => void found.refetch()} /> : fields.length === 0 ? <Empty title={t("empty.title", { name: title })} text={t("empty.text")} action={action} /> : (
        <div className="crm-panel">
          <PlainTable caption={t("title")} rows={fields} rowKey={(field) => field.id} columns={[
            { key: "zh", title: t("fields.label_zh"), render: (field) => field.label_zh || field.name },
            { key: "en", title: t("fields.label_en"), render: (field) => field.label_en || field.name },
            { key: "name", title: t("fields.name"), render: (field) => <code>{field.name}</code> },
            { key: "type", title: t("fields.type"), render: (field) => <>{t(`values.type.${field.type}`)}{field.options?.length ? <small>{field.options.join(" · ")}</small> : null}</> },
            { key: "required", title: t("fields.required"), render: (field) => <Flag value={field.required} /> },
            ...(can("ops.custom_field.delete") ? [{ key: "hide", title: t("hide"), actions: true, render: (field: CustomField) => <Button size="small" onClick={() => void hide(field)}>{t("hide")}</Button> }] : []),
          ]} />
        </div>
      )}
      {adding ? <VerbDialog title={t("add_to", { name: title })} operation="ops.CustomField" namespace="custom_fields" fields={["label_zh", "label_en", "name", "type", "options", "required"]} required={["label_zh", "label_en"]} intro={<p>{t("text")}</p>} submitLabel={t("add")} onSubmit={async (values) => { await save(values as Partial<CustomField>); toast.done(t("done.add")); }} onClose={() => add(false)} /> : null}
    </>
  );
}
