/**
 * A form from the contract: `<FormFromMeta schema="leads.Lead" namespace="leads" fields={["name", "phone"]} more={["source"]}
 * onSubmit={save} draft="lead.new" />`. Required fields, inputs and choices come from the metadata, custom fields with
 * `resource`; refusals of the API appear at their field; what was typed survives a reload until it is submitted.
 */
import "virtual:antd-form.css";
import { Alert, Button, Form } from "antd";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type ApiError, isApiError } from "@api/errors";
import { type Field, useFields } from "@api/metadata";
import type { Resource } from "@api/records";
import { FieldInput } from "./FieldInput";
import { useHeld } from "./held";
import { isBlank } from "./FieldValue";
import { useLabels } from "./labels";
import { Loading } from "./states";
import "./form.css";

type Values = Record<string, unknown>;

/** What an input of the page's own is given. */
export interface OwnInput {
  id: string;
  value: unknown;
  onChange: (value: unknown) => void;
  autoFocus: boolean;
}

interface Props {
  schema: string;
  namespace: string;
  /** Fields in their order; `custom_fields` stands for all custom ones. */
  fields: string[];
  /** Fields behind "more". */
  more?: string[];
  /** Fields needed here although the contract leaves them open. */
  required?: string[];
  /** Gives the custom fields of the resource. */
  resource?: Resource;
  initial?: Values;
  /** AIP-160 filters, by field, over the records a reference may choose, for example the contacts of one customer. */
  within?: Record<string, string>;
  /** Inputs of the page's own, by field: `{ roles: (props) => <RolePicker {...props} /> }`. */
  inputs?: Record<string, (props: OwnInput) => ReactNode>;
  draft?: string;
  submitLabel: ReactNode;
  onSubmit: (values: Values) => Promise<unknown>;
  onCancel?: () => void;
  onValues?: (values: Values) => void;
  children?: ReactNode;
}

export function FormFromMeta(props: Props) {
  const { schema, namespace, fields, more = [], required = [], resource, initial = {}, within = {}, inputs = {}, draft, submitLabel, onSubmit, onCancel, onValues, children } = props;
  const { t } = useTranslation("kit");
  const labels = useLabels(namespace);
  const known = useFields(schema, resource, Boolean(resource));
  const kept = useRef(draft ? drafted(draft) : undefined);
  const [values, setValues] = useState<Values>(() => ({ ...initial, ...kept.current }));
  const [missing, setMissing] = useState<string[]>([]);
  const [refusal, setRefusal] = useState<ApiError>();
  const [busy, setBusy] = useState(false);
  const [restored, setRestored] = useState(Boolean(kept.current));
  const [open, setOpen] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const [typed, setTyped] = useState(false);
  useHeld(typed);

  useEffect(() => {
    if (!draft) return undefined;
    const timer = setTimeout(() => sessionStorage.setItem(`draft.${draft}`, JSON.stringify(values)), 400);
    return () => clearTimeout(timer);
  }, [draft, values]);

  if (known.length === 0) return <Loading />;
  const pick = (names: string[]) => names.flatMap((name) => (name === "custom_fields" ? known.filter((each) => each.labels) : known.filter((each) => each.name === name)));
  const needed = (field: Field) => field.required || required.includes(field.name);
  const set = (name: string, value: unknown) => {
    const next = { ...values, [name]: value };
    setValues(next);
    setTyped(true);
    setMissing(missing.filter((each) => each !== name));
    onValues?.(next);
  };
  const forget = () => {
    if (draft) sessionStorage.removeItem(`draft.${draft}`);
    setRestored(false);
  };
  const submit = async () => {
    const absent = pick([...fields, ...more]).filter((field) => needed(field) && isBlank(values[field.name])).map((field) => field.name);
    setMissing(absent);
    if (absent.length > 0) return focusFirst(form.current, absent);
    setBusy(true);
    setRefusal(undefined);
    try {
      await onSubmit(nested(values));
      forget();
      setTyped(false);
    } catch (failure) {
      if (!isApiError(failure)) throw failure;
      setRefusal(failure);
      setOpen(open || more.some((name) => failure.violation(name)));
      focusFirst(form.current, failure.violations.map((each) => each.field.split(".").pop() ?? ""));
    } finally {
      setBusy(false);
    }
  };
  const shown = [...pick(fields), ...(open ? pick(more) : [])];
  const loose = refusal?.violations.filter((each) => !shown.some((field) => each.field === field.name || each.field.endsWith(`.${field.name}`))) ?? [];
  return (
    // Ctrl+Enter saves from within any input, once the input has said what was typed into it; the form itself takes no focus.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <form ref={form} className="crm-form" noValidate onSubmit={(event) => { event.preventDefault(); void submit(); }} onKeyDown={(event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); requestAnimationFrame(() => form.current?.requestSubmit()); } }}>
      {restored ? <Alert type="info" showIcon title={t("form.draft_found")} action={<Button size="small" onClick={() => { forget(); setValues(initial); }}>{t("form.draft_drop")}</Button>} /> : null}
      {refusal && (loose.length > 0 || refusal.violations.length === 0) ? (
        <Alert type="error" showIcon title={loose[0]?.message ?? (refusal.status > 0 ? refusal.message : t(`error.${refusal.kind}_text`))} description={refusal.requestId ? t("error.request", { id: refusal.requestId }) : undefined} />
      ) : null}
      <div className="crm-form-fields">
        {shown.map((field, index) => {
          const error = missing.includes(field.name) ? t("form.required") : refusal?.violation(field.name);
          return (
            <Form.Item key={field.name} label={labels.label(field)} htmlFor={`field-${field.name}`} required={needed(field)} validateStatus={error ? "error" : ""} help={error} className={field.kind === "long" || field.kind === "texts" ? "crm-form-whole" : ""} layout="vertical">
              {inputs[field.name]?.({ id: `field-${field.name}`, value: values[field.name], onChange: (value) => set(field.name, value), autoFocus: index === 0 }) ?? <FieldInput id={`field-${field.name}`} field={field} labels={labels} within={within[field.name]} value={values[field.name]} onChange={(value) => set(field.name, value)} autoFocus={index === 0} />}
            </Form.Item>
          );
        })}
      </div>
      {children}
      {more.length > 0 ? <Button type="link" className="crm-form-more" aria-expanded={open} onClick={() => setOpen(!open)}>{t(open ? "form.less" : "form.more")}</Button> : null}
      <div className="crm-form-end">
        <span className="crm-form-hint">{t("form.save_hint")}</span>
        {onCancel ? <Button onClick={onCancel}>{t("cancel")}</Button> : null}
        <Button type="primary" htmlType="submit" loading={busy}>{submitLabel}</Button>
      </div>
    </form>
  );
}

function drafted(name: string): Values | undefined {
  const text = sessionStorage.getItem(`draft.${name}`);
  const found = text ? (JSON.parse(text) as Values) : undefined;
  return found && Object.values(found).some((value) => !isBlank(value)) ? found : undefined;
}

/** `custom_fields.budget` goes into `custom_fields`; what was left empty is not sent. */
function nested(values: Values): Values {
  const sent: Values = {};
  const custom: Values = {};
  for (const [name, value] of Object.entries(values)) {
    if (isBlank(value)) continue;
    if (name.startsWith("custom_fields.")) custom[name.slice("custom_fields.".length)] = value;
    else sent[name] = value;
  }
  return Object.keys(custom).length > 0 ? { ...sent, custom_fields: custom } : sent;
}

function focusFirst(form: HTMLFormElement | null, names: string[]): void {
  const first = names.map((name) => form?.querySelector<HTMLElement>(`[id="field-${name}"]`)).find(Boolean);
  first?.focus();
}
