/**
 * Fields of a record in groups, each changed in place (click, or Enter on it; Enter saves, Esc leaves):
 * `<Facts resource={leads} namespace="leads" record={lead} groups={[{ title, fields }]} editable />`.
 */
import { EditOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Field, useFields } from "@api/metadata";
import type { Resource, Row } from "@api/records";
import { useAccess } from "@app/access";
import { useShortcut } from "@app/shortcuts";
import { useGuardedChange } from "../conflict";
import { FieldValue, isBlank, valueOf } from "../FieldValue";
import { useLabels } from "../labels";
import { CellEditor } from "../list/CellEditor";
import { toast } from "../toasts";
import "./record.css";

interface Props {
  resource: Resource;
  namespace: string;
  record: Row;
  groups: { title: string; fields: string[] }[];
  /** Whether the state of the record allows changes; rights are checked here. */
  editable?: boolean;
  /** How a field of the page's own looks; such a field is changed by the page's form, not in place. */
  shown?: Record<string, (record: Row) => ReactNode>;
}

export function Facts({ resource, namespace, record, groups, editable = true, shown = {} }: Props) {
  const { t } = useTranslation("kit");
  const { can } = useAccess();
  const labels = useLabels(namespace);
  const fields = useFields(resource.schema, resource, true);
  const save = useGuardedChange(resource, namespace);
  const [editing, setEditing] = useState("");
  const [everything, showEverything] = useState(false);
  const mayChange = editable && can(`${resource.permission}.update`);
  const commit = async (field: Field, value: unknown) => {
    setEditing("");
    const before = valueOf(record, field.name);
    if (value === before || (isBlank(value) && isBlank(before))) return;
    const change = (next: unknown): Partial<Row> => (field.labels ? { custom_fields: { [field.name.slice("custom_fields.".length)]: next } } : { [field.name]: next });
    try {
      const saved = await save(record, change(value));
      if (saved) toast.undo(t("table.saved", { name: labels.label(field) }), () => save(saved, change(before ?? "")));
    } catch (refusal) {
      toast.refused(refusal);
    }
  };
  const pick = (names: string[]) => names.flatMap((name) => (name === "custom_fields" ? fields.filter((field) => field.labels) : fields.filter((field) => field.name === name)));
  const some = groups.some((group) => pick(group.fields).some((field) => isBlank(valueOf(record, field.name))));
  const first = groups.flatMap((group) => pick(group.fields)).find((field) => !field.readOnly && !isBlank(valueOf(record, field.name)));
  useShortcut("e", () => first && setEditing(first.name), "edit", mayChange && Boolean(first));
  return (
    <div className="crm-facts">
      {groups.map((group) => {
        const own = pick(group.fields);
        const visible = own.filter((field) => everything || field.name in shown || !isBlank(valueOf(record, field.name)) || editing === field.name);
        if (visible.length === 0) return null;
        return (
          <div key={group.title}>
            <h2>{group.title}</h2>
            <dl>
              {visible.map((field) => {
                const open = mayChange && !field.readOnly && !(field.name in shown);
                return (
                  <div key={field.name} data-open={open || undefined}>
                    <dt>{labels.label(field)}</dt>
                    <dd>
                      {editing === field.name ? (
                        <CellEditor field={field} labels={labels} value={valueOf(record, field.name)} onSave={(value) => void commit(field, value)} onCancel={() => setEditing("")} />
                      ) : (
                        <>
                          {shown[field.name]?.(record) ?? <FieldValue field={field} record={record} labels={labels} />}
                          {open ? <Button type="text" size="small" className="crm-fact-edit" icon={<EditOutlined />} aria-label={t("record.edit", { field: labels.label(field) })} onClick={() => setEditing(field.name)} /> : null}
                        </>
                      )}
                    </dd>
                  </div>
                );
              })}
            </dl>
          </div>
        );
      })}
      {some ? <Button type="link" size="small" onClick={() => showEverything(!everything)}>{t(everything ? "record.hide_empty" : "record.show_empty")}</Button> : null}
    </div>
  );
}
