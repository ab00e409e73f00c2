/** What the contract says about the fields of a resource, plus the custom fields administrators added. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { Resource } from "./records";
import { call } from "./transport";

export type FieldKind =
  | "text"
  | "long"
  | "integer"
  | "number"
  | "boolean"
  | "enum"
  | "code"
  | "date"
  | "time"
  | "money"
  | "reference"
  | "texts"
  | "other";

export interface Field {
  name: string;
  kind: FieldKind;
  required: boolean;
  readOnly: boolean;
  /** Values of an enum, or the known codes of a code field. */
  options: string[];
  /** A code field that also takes codes of one's own. */
  open?: boolean;
  /** Labels of a custom field; built-in fields are labelled in the locales. */
  labels?: { en: string; zh: string };
}

type Described = Record<string, Field[]>;

const described = import.meta.glob<Described>("./generated/fields/*.json", { import: "default" });
const CUSTOM: Record<string, FieldKind> = {
  TYPE_TEXT: "text",
  TYPE_NUMBER: "number",
  TYPE_BOOLEAN: "boolean",
  TYPE_DATE: "date",
  TYPE_CHOICE: "enum",
};

interface CustomField {
  name: string;
  type: string;
  label_en: string;
  label_zh: string;
  required: boolean;
  options: string[];
}

/** Fields of a message of the contract, for example `leads.Touch`, or of what an operation takes, for example `leads_AssignLead`; custom ones are named `custom_fields.<name>`. */
export async function fieldsOf(schema: string, resource?: Resource, withCustom = false): Promise<Field[]> {
  const service = schema.replace(/[._][A-Z].*$/, "");
  const file = described[`./generated/fields/${service}.json`];
  const own = (file ? (await file())[schema] : undefined) ?? [];
  if (!resource || !withCustom) return own;
  const noun = resource.permission.split(".")[1];
  const answered = await call<{ custom_fields?: CustomField[] }>(
    "GET",
    `/v1/services/${service.replaceAll("_", "-")}/custom-fields`,
    { query: { resource: noun } },
  );
  return [...own, ...(answered.custom_fields ?? []).map(custom)];
}

function custom(field: CustomField): Field {
  return {
    name: `custom_fields.${field.name}`,
    kind: CUSTOM[field.type] ?? "text",
    required: field.required,
    readOnly: false,
    options: field.options ?? [],
    labels: { en: field.label_en || field.name, zh: field.label_zh || field.name },
  };
}

export function useFields(schema: string, resource?: Resource, withCustom = false): Field[] {
  const client = useQueryClient();
  const found = useQuery({
    queryKey: ["fields", schema, withCustom],
    queryFn: async () => {
      try {
        return await fieldsOf(schema, resource, withCustom);
      } catch {
        // Whoever may not read the definitions still works with the built-in fields.
        return client.fetchQuery({ queryKey: ["fields", schema], queryFn: () => fieldsOf(schema) });
      }
    },
    staleTime: 300_000,
  });
  return found.data ?? NONE;
}

const NONE: Field[] = [];
