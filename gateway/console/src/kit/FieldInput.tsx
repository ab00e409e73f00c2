/** The input that suits a field: `<FieldInput field={field} labels={labels} value={value} onChange={set} />`. */
import "virtual:antd-switch.css";
import { AutoComplete, Input, InputNumber, Select, Switch } from "antd";
import { lazy } from "react";
import { useTranslation } from "react-i18next";
import type { Field } from "@api/metadata";
import { referenced } from "@api/resources";
import { Part } from "@app/Part";
import { usePrefs } from "@app/prefs";
import type { Labels } from "./labels";
import { ReferencePicker } from "./ReferencePicker";
import type { Money } from "./values";

const DateInput = lazy(() => import("./DateInput"));
const CURRENCIES = ["CNY", "USD", "EUR", "GBP", "JPY", "HKD", "SGD", "AUD"];

export interface FieldInputProps {
  id?: string;
  field: Field;
  labels: Labels;
  value?: unknown;
  onChange?: (value: unknown) => void;
  autoFocus?: boolean;
  /** AIP-160 filter over the records a reference may choose. */
  within?: string;
  /** Inside a table the column names the field; a screen reader needs it here. */
  "aria-label"?: string;
}

export function FieldInput({ field, labels, value, onChange, within, ...rest }: FieldInputProps) {
  const { t } = useTranslation("kit");
  const text = value === undefined || value === null ? "" : String(value);
  const options = field.options.map((each) => ({ value: each, label: labels.option(field, each) }));
  switch (field.kind) {
    case "boolean":
      return <Switch {...rest} checked={Boolean(value)} onChange={onChange} />;
    case "integer":
    case "number":
      return <InputNumber {...rest} className="crm-wide" precision={field.kind === "integer" ? 0 : undefined} value={value as number} onChange={(next) => onChange?.(next ?? undefined)} />;
    case "enum":
      return <Select {...rest} className="crm-wide" allowClear={!field.required} placeholder={t("form.choose")} options={options} value={text || undefined} onChange={(next) => onChange?.(next ?? "")} />;
    case "code":
      if (!field.open) return <Select {...rest} className="crm-wide" allowClear={!field.required} placeholder={t("form.choose")} options={options} value={text || undefined} onChange={(next) => onChange?.(next ?? "")} />;
      return <AutoComplete {...rest} className="crm-wide" options={options} value={options.find((each) => each.value === text)?.label ?? text} onSelect={(next) => onChange?.(next)} onChange={(next) => onChange?.(options.find((each) => each.label === next)?.value ?? next)} />;
    case "date":
    case "time":
      return (
        <Part fallback={<Input {...rest} disabled />}>
          <DateInput {...rest} time={field.kind === "time"} value={text} onChange={onChange} />
        </Part>
      );
    case "money":
      return <MoneyInput {...rest} value={value as Money} onChange={onChange} />;
    case "reference": {
      const resource = referenced(field.name);
      if (resource) return <ReferencePicker {...rest} filter={within} resource={resource} value={text} onChange={onChange} />;
      return <Input {...rest} value={text} onChange={(event) => onChange?.(event.target.value)} />;
    }
    case "texts":
      return <Select {...rest} mode="tags" className="crm-wide" open={false} suffix={null} placeholder={t("form.tags")} value={(value as string[]) ?? []} onChange={onChange} />;
    case "long":
      return <Input.TextArea {...rest} rows={3} className="crm-growing" value={text} onChange={(event) => onChange?.(event.target.value)} />;
    default:
      return <Input {...rest} value={text} onChange={(event) => onChange?.(event.target.value)} />;
  }
}

/** An exact amount as text, never as a float, with its currency. */
function MoneyInput({ value, onChange, ...rest }: { id?: string; value?: Money; onChange?: (value: Money | undefined) => void; autoFocus?: boolean; "aria-label"?: string }) {
  const { t } = useTranslation("kit");
  const { currency: usual } = usePrefs();
  const currency = value?.currency || usual;
  return (
    <span className="crm-money">
      <InputNumber
        {...rest}
        stringMode
        controls={false}
        value={value?.amount || undefined}
        formatter={(given) => String(given ?? "").replace(/\B(?=(\d{3})+(?!\d)(?<!\.\d*))/g, ",")}
        parser={(given) => (given ?? "").replaceAll(",", "")}
        onChange={(amount) => onChange?.(amount === null ? undefined : { amount: String(amount), currency })}
      />
      <Select aria-label={t("form.currency")} value={currency} options={CURRENCIES.map((each) => ({ value: each, label: each }))} onChange={(next) => onChange?.({ amount: value?.amount ?? "", currency: next })} />
    </span>
  );
}
