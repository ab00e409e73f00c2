/** One field of many records: which, to what value; blank empties it. */
import { Alert, Button, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { isApiError } from "@api/errors";
import { type Field, useFields } from "@api/metadata";
import type { Resource } from "@api/records";
import { FieldInput } from "../FieldInput";
import { useLabels } from "../labels";
import "../form.css";
import "./bulk.css";

interface Props {
  resource: Resource;
  namespace: string;
  title: string;
  onSubmit: (body: Record<string, unknown>) => Promise<unknown>;
  onClose: () => void;
}

/** Contact points belong to one person each; the server refuses them for many. */
const ONE_PERSONS = /(^|_)(phones?|emails?|open_id|fax|wechat|mobile)$/;
const isForMany = (field: Field): boolean => !field.readOnly && field.kind !== "other" && !["id", "etag", "custom_fields"].includes(field.name) && !ONE_PERSONS.test(field.name);

export default function BulkEdit({ resource, namespace, title, onSubmit, onClose }: Props) {
  const { t } = useTranslation("bulk_changes");
  const labels = useLabels(namespace);
  const fields = useFields(resource.schema, resource, true).filter(isForMany);
  const [name, choose] = useState<string>();
  const [value, setValue] = useState<unknown>();
  const [refusal, refuse] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const field = fields.find((each) => each.name === name);
  const submit = async () => {
    if (!field) return;
    setBusy(true);
    try {
      await onSubmit(bodyOf(field, value));
    } catch (refused) {
      refuse(refused);
      setBusy(false);
    }
  };
  const options = fields.map((each) => ({ value: each.name, label: labels.label(each) })).sort((one, other) => one.label.localeCompare(other.label));
  return (
    <Modal open title={title} footer={null} onCancel={onClose} destroyOnHidden width={480}>
      <form className="crm-bulk-edit" onSubmit={(event) => { event.preventDefault(); void submit(); }}>
        {refusal ? <Alert type="error" role="alert" title={isApiError(refusal) ? refusal.message : t("kit:error.broken_text")} /> : null}
        <div>
          <label htmlFor="bulk-field" className="crm-field-label">{t("edit.field")}</label>
          <Select id="bulk-field" className="crm-wide" autoFocus showSearch={{ optionFilterProp: "label" }} placeholder={t("kit:form.choose")} options={options} value={name} onChange={(next) => { choose(next); setValue(undefined); refuse(undefined); }} />
        </div>
        {field ? (
          <div>
            <label htmlFor="bulk-value" className="crm-field-label">{t("edit.value")}</label>
            <FieldInput key={field.name} id="bulk-value" field={field} labels={labels} value={value} onChange={setValue} aria-label={t("edit.value")} />
            {field.required ? null : <p className="crm-muted">{t("edit.blank")}</p>}
          </div>
        ) : null}
        <div className="crm-form-actions">
          <Button onClick={onClose}>{t("kit:cancel")}</Button>
          <Button type="primary" htmlType="submit" loading={busy} disabled={!field}>{t("edit.apply")}</Button>
        </div>
      </form>
    </Modal>
  );
}

function bodyOf(field: Field, value: unknown): Record<string, unknown> {
  const given = value === undefined ? null : value;
  const custom = "custom_fields.";
  return field.name.startsWith(custom) ? { custom_fields: { [field.name.slice(custom.length)]: given } } : { [field.name]: given };
}
