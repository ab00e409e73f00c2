/** The small form behind a chip: field, operator, value. */
import { Button, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Field } from "@api/metadata";
import { FieldInput } from "../FieldInput";
import { operatorsFor, type Term } from "./aip160";
import { type ChipProps, operatorText } from "./ChipText";

export default function ChipEditor({ fields, labels, term, onApply }: ChipProps & { term?: Term; onApply: (term: Term) => void }) {
  const { t } = useTranslation("kit");
  const usable = fields.filter((field) => field.kind !== "other" && field.name !== "etag" && field.name !== "id");
  const [name, setName] = useState(term?.field ?? "");
  const [operator, setOperator] = useState(term?.operator ?? "");
  const [values, setValues] = useState<string[]>(term?.values ?? []);
  const field = usable.find((each) => each.name === name);
  const operators = operatorsFor(field?.kind ?? "");
  const chosen = operators.includes(operator) ? operator : operators[0];
  const several = field && (field.kind === "enum" || field.kind === "code");
  const single: Field | undefined = field && { ...field, kind: field.kind === "money" ? "number" : field.kind === "texts" || field.kind === "long" ? "text" : field.kind, required: false };
  const apply = () => field && onApply({ field: name, operator: chosen ?? "=", values: values.map(String).filter(Boolean) });
  return (
    <form className="crm-chip-editor" onSubmit={(event) => { event.preventDefault(); event.stopPropagation(); apply(); }}>
      <Select autoFocus={!term} showSearch={{ optionFilterProp: "label" }} aria-label={t("filter.field")} placeholder={t("filter.field")} value={name || undefined} onChange={(next) => { setName(next); setValues([]); }} options={usable.map((each) => ({ value: each.name, label: labels.label(each) }))} />
      {field ? (
        <Select aria-label={t("filter.operator")} value={chosen} onChange={setOperator} options={operators.map((each) => ({ value: each, label: operatorText(t, each, field.kind) || t("filter.op.=") }))} />
      ) : null}
      {several ? (
        <Select mode={field.open ? "tags" : "multiple"} aria-label={t("filter.value")} placeholder={t("filter.value")} value={values} onChange={setValues} options={field.options.map((each) => ({ value: each, label: labels.option(field, each) }))} optionFilterProp="label" />
      ) : null}
      {single && !several ? <FieldInput field={single} labels={labels} aria-label={t("filter.value")} value={single.kind === "boolean" ? values[0] === "true" : values[0]} onChange={(next) => setValues([String(next ?? "")])} /> : null}
      <Button type="primary" htmlType="submit" disabled={!field || (values.length === 0 && field.kind !== "boolean")}>{t("filter.apply")}</Button>
    </form>
  );
}
