/** Reports of people's own making: the datasets they count, one run, and what they are called until somebody names them. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { components } from "@api/generated/schema";
import { answer, api } from "@api/client";
import type { Field, FieldKind } from "@api/metadata";
import { referenced } from "@api/resources";
import { call } from "@api/transport";
import { usePrefs } from "@app/prefs";
import { humanised } from "@kit/format";
import type { Labels } from "@kit/labels";
import type { Result } from "./figures";

export type Dataset = components["schemas"]["reporting.Dataset"];
type DatasetField = components["schemas"]["reporting.DatasetField"];

export const CHARTS = ["TABLE", "BAR", "STACKED_BAR", "LINE", "DONUT", "NUMBER"] as const;
export type Chart = (typeof CHARTS)[number];

/** What is counted, by what, and how it is drawn; the words are those of the API. */
export interface Question {
  dataset: string;
  rows: string[];
  columns: string[];
  measures: string[];
  filter: string;
  order_by: string;
  row_limit: number;
  chart: Chart;
}

export interface Definition extends Question {
  id: string;
  name: string;
  audience?: "PRIVATE" | "UNIT" | "EVERYONE";
  unit_path?: string;
  owner_id?: string;
  etag?: string;
}

const none: Dataset[] = [];

export function useDatasets(): { datasets: Dataset[]; error: unknown; pending: boolean; reload: () => void } {
  const { language } = usePrefs();
  const found = useQuery({ queryKey: ["reporting.Dataset", language], queryFn: async () => (await answer(api.GET("/v1/report-datasets"))).datasets ?? none, staleTime: 600_000 });
  return { datasets: found.data ?? none, error: found.error, pending: found.isPending, reload: () => void found.refetch() };
}

/** What a report says now: a kept one by its id, or a question nobody has kept. */
export function useDefinitionRun(question: Question | { id: string; etag?: string } | undefined) {
  const { language, time_zone } = usePrefs();
  return useQuery({
    queryKey: ["reporting.Result", "own", question, time_zone, language],
    queryFn: ({ signal }) => call<Result>("GET", `/v1/report-definitions:run?${written(question ?? { id: "" })}`, { query: { time_zone }, signal }),
    enabled: Boolean(question),
    placeholderData: keepPreviousData,
  });
}

function written(question: Question | { id: string }): string {
  if ("id" in question) return new URLSearchParams({ id: question.id }).toString();
  const query = new URLSearchParams();
  const { dataset, rows, columns, measures, filter, order_by, row_limit } = question;
  Object.entries({ dataset, filter, order_by, row_limit: row_limit ? String(row_limit) : "" }).forEach(([name, value]) => value && query.set(name, value));
  Object.entries({ rows, columns, measures }).forEach(([name, values]) => values.forEach((value) => query.append(name, value)));
  return query.toString();
}

export const fieldOf = (dataset: Dataset | undefined, text: string): DatasetField | undefined => dataset?.fields?.find((field) => field.name === text.split(".")[0]);
export const isTime = (dataset: Dataset | undefined, text: string): boolean => (fieldOf(dataset, text)?.grains?.length ?? 0) > 0;

/** A first report of a dataset: over time or side by side as bars, else as bars of its own. */
export function usual(dataset: Dataset): Question {
  const columns = dataset.usual_columns ?? [];
  return { dataset: dataset.name ?? "", rows: dataset.usual_rows ?? [], columns, measures: dataset.usual_measures ?? ["count"], filter: "", order_by: "", row_limit: 0, chart: columns.length > 0 ? "STACKED_BAR" : "BAR" };
}

/** What a kept report asks: the API leaves out what is empty. */
export const asked = ({ dataset = "", rows = [], columns = [], measures = [], filter = "", order_by = "", row_limit = 0, chart = "TABLE" }: Partial<Question>): Question => ({ dataset, rows, columns, measures, filter, order_by, row_limit, chart });

/** The fields of a dataset as inputs of conditions know fields. */
export function conditionFields(dataset: Dataset): Field[] {
  const kinds: Record<string, FieldKind> = { code: "enum", integer: "integer", money: "number", date: "date", time: "time", text: "text" };
  return (dataset.fields ?? []).map((field) => {
    const name = field.name ?? "";
    const kind = field.type === "id" ? (referenced(name) ? "reference" : "text") : (kinds[field.type ?? ""] ?? "text");
    return { name, kind, required: false, readOnly: false, options: (field.values ?? []).map((each) => each.code ?? "") };
  });
}

export function datasetLabels(dataset: Dataset): Labels {
  const field = (asked: Field | string) => fieldOf(dataset, typeof asked === "string" ? asked : asked.name);
  return {
    label: (asked) => field(asked)?.label ?? humanised(typeof asked === "string" ? asked : asked.name),
    option: (asked, value) => field(asked)?.values?.find((each) => each.code === value)?.label ?? value,
  };
}
