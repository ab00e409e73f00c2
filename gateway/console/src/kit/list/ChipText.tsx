/** One condition as a chip says it. */
import { useTranslation } from "react-i18next";
import type { Field } from "@api/metadata";
import { referenced } from "@api/resources";
import { useAccess } from "@app/access";
import type { Labels } from "../labels";
import { useName } from "../names";
import type { Term } from "./aip160";

export interface ChipProps {
  fields: Field[];
  labels: Labels;
}

export function ChipText({ term, fields, labels }: ChipProps & { term: Term }) {
  const { t } = useTranslation("kit");
  const { id: own } = useAccess();
  const field = fields.find((each) => each.name === term.field);
  const isReference = field?.kind === "reference";
  const only = isReference && term.values.length === 1 ? term.values[0] : undefined;
  const name = useName(isReference ? referenced(term.field) : undefined, only === own ? undefined : only);
  const value = (text: string) => {
    if (text === own) return t("filter.me");
    if (text === only) return name || "…";
    if (field?.kind === "boolean") return t(text === "true" ? "yes" : "no");
    return field && field.options.includes(text) ? labels.option(field, text) : text;
  };
  return (
    <>
      <span className="crm-chip-field">{labels.label(field ?? term.field)}</span>{" "}
      {operatorText(t, term.operator, field?.kind)}{" "}
      <b>{term.values.map(value).join(t("filter.or"))}</b>
    </>
  );
}

export function operatorText(t: (key: string) => string, operator: string, kind?: string): string {
  if (kind === "time" || kind === "date") return t(operator.startsWith(">") ? "filter.on_after" : "filter.before");
  return operator === "=" ? "" : t(`filter.op.${operator}`);
}
