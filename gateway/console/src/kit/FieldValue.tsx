/** One field of a record as text: `<FieldValue field={field} record={record} labels={labels} />`. */
import { Link } from "react-router";
import type { Field } from "@api/metadata";
import type { Row } from "@api/records";
import { referenced, users } from "@api/resources";
import { usePrefs } from "@app/prefs";
import { count } from "./format";
import type { Labels } from "./labels";
import { useName } from "./names";
import { Amount, DateTime, Day, Flag, Nothing, PersonName } from "./values";

export function valueOf(record: Row, field: string): unknown {
  return field.startsWith("custom_fields.") ? record.custom_fields?.[field.slice("custom_fields.".length)] : record[field];
}

export function isBlank(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (value && typeof value === "object" && "amount" in value) return !value.amount;
  return value === undefined || value === null || value === "";
}

export function FieldValue({ field, record, labels }: { field: Field; record: Row; labels: Labels }) {
  const { language } = usePrefs();
  const value = valueOf(record, field.name);
  if (isBlank(value)) return <Nothing />;
  switch (field.kind) {
    case "money":
      return <Amount value={value as { amount: string }} />;
    case "time":
      return <DateTime value={value as string} />;
    case "date":
      return <Day value={value as string} />;
    case "boolean":
      return <Flag value={Boolean(value)} />;
    case "integer":
    case "number":
      return <span className="crm-number">{count(language, Number(value))}</span>;
    case "enum":
    case "code":
      return <>{labels.option(field, String(value))}</>;
    case "texts":
      return <>{(value as string[]).join(" · ")}</>;
    case "reference":
      return <Reference field={field.name} id={String(value)} />;
    case "text":
      if (/phone|mobile/.test(field.name)) return <Phone number={String(value)} />;
      return <>{String(value)}</>;
    default:
      if (Array.isArray(value) && value.every((each) => each && typeof each === "object")) return <>{value.map((each: Row) => String(each.name ?? each.id ?? "")).filter(Boolean).join(" · ") || value.length}</>;
      return <>{typeof value === "object" ? JSON.stringify(value) : String(value)}</>;
  }
}

/** A number to call, grouped as people read it. */
function Phone({ number }: { number: string }) {
  const chinese = /^\+86(1\d{2})(\d{4})(\d{4})$/.exec(number);
  const shown = chinese ? chinese.slice(1).join(" ") : number;
  return number.includes("*") ? <span className="crm-number">{shown}</span> : <a className="crm-number crm-quiet" href={`tel:${number}`}>{shown}</a>;
}

/** The record a field points at, by name and linked. */
export function Reference({ field, id }: { field: string; id: string }) {
  const resource = referenced(field);
  const name = useName(resource === users ? undefined : resource, id);
  if (!id) return <Nothing />;
  if (resource === users) return <PersonName id={id} />;
  if (!resource) return <>{`…${id.slice(-4)}`}</>;
  return <Link to={resource.page(id)}>{name || "…"}</Link>;
}
