/** Which fields the holders of a role see in full, masked or not at all, and which they may not write. */
import { CloseOutlined } from "@ant-design/icons";
import { AutoComplete, Button, Checkbox, Select } from "antd";
import { useTranslation } from "react-i18next";
import { PlainTable } from "@kit/PlainTable";
import { Empty } from "@kit/states";
import type { FieldRule } from "./grants";

const CLASSES = ["*.*.@personal", "*.*.@sensitive", "*.*.@internal"];
const COMMON = ["leads.lead.phone", "leads.lead.email", "customers.contact.phone", "customers.contact.email", "customers.contact.@personal", "sales.opportunity.amount", "sales.contract.@internal"];
const READS = ["FULL", "MASKED", "HIDDEN"] as const;

interface Props {
  rules: FieldRule[];
  onChange: (rules: FieldRule[]) => void;
  readOnly: boolean;
}

export function FieldRules({ rules, onChange, readOnly }: Props) {
  const { t } = useTranslation("roles");
  const set = (index: number, change: Partial<FieldRule>) => onChange(rules.map((rule, at) => (at === index ? { ...rule, ...change } : rule)));
  const suggestions = [
    { label: t("fields_of.classes"), options: CLASSES.map((value) => ({ value, label: `${value} · ${t(`classes.${value.split("@")[1]}`)}` })) },
    { label: t("fields_of.common"), options: COMMON.map((value) => ({ value })) },
  ];
  const add = readOnly ? null : <Button size="small" onClick={() => onChange([...rules, { field: "", read: "MASKED", read_only: false }])}>{t("rule.add")}</Button>;
  if (rules.length === 0) return <Empty title={t("rule.none")} text={t("rule.text")} action={add} />;
  const numbered = rules.map((rule, index) => ({ rule, index }));
  return (
    <>
      <p className="crm-muted">{t("rule.text")}</p>
      <PlainTable caption={t("rule.title")} rows={numbered} rowKey={({ index }) => String(index)} columns={[
        { key: "field", title: t("rule.field"), render: ({ rule, index }) => (readOnly ? <code>{rule.field}</code> : <AutoComplete className="crm-wide" size="small" aria-label={t("rule.field")} placeholder={t("rule.example")} value={rule.field} options={suggestions} popupMatchSelectWidth={false} onChange={(field) => set(index, { field })} />) },
        { key: "read", title: t("rule.read"), render: ({ rule, index }) => (readOnly ? t(`reads.${rule.read}`) : <Select size="small" aria-label={t("rule.read")} value={rule.read} popupMatchSelectWidth={false} options={READS.map((value) => ({ value, label: t(`reads.${value}`) }))} onChange={(read) => set(index, { read })} />) },
        { key: "write", title: t("rule.read_only"), render: ({ rule, index }) => <Checkbox aria-label={t("rule.read_only")} disabled={readOnly} checked={rule.read_only} onChange={(event) => set(index, { read_only: event.target.checked })} /> },
        ...(readOnly ? [] : [{ key: "remove", title: t("rule.remove"), actions: true, render: ({ index }: { index: number }) => <Button type="text" size="small" icon={<CloseOutlined />} aria-label={t("rule.remove")} onClick={() => onChange(rules.filter((_, at) => at !== index))} /> }]),
      ]} />
      {add}
    </>
  );
}
