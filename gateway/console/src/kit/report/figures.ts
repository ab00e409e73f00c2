/** From the rows of a report to what a chart draws; the rows themselves stay as the server wrote them. */
import type { components } from "@api/generated/schema";
import type { ChartData } from "@kit/chart/ChartWithTable";

export type Report = components["schemas"]["reporting.Report"];
export type Result = components["schemas"]["reporting.ReportResult"];
export type Column = components["schemas"]["reporting.ReportColumn"];
export type Cell = string | number | boolean | null;

interface Shape {
  kind: ChartData["kind"];
  measures: string[];
  /** Values of the second text column that are drawn when rows are grouped. */
  only?: string[];
}

const SHAPES: Record<string, Shape> = {
  lead_funnel_snapshot: { kind: "bar", measures: ["leads"] },
  lead_funnel_cohort: { kind: "funnel", measures: ["reached"] },
  lead_sources: { kind: "bar", measures: ["leads", "valid", "converted"] },
  first_response: { kind: "bar", measures: ["p50", "p90"] },
  pipeline_by_stage: { kind: "bar", measures: ["value", "weighted"] },
  pipeline_waterfall: { kind: "waterfall", measures: ["amount"], only: ["open_start", "won", "open_end"] },
  forecast: { kind: "bar", measures: ["pipeline", "best_case", "commit", "closed"] },
  win_rate: { kind: "bar", measures: ["won", "lost"] },
  revenue: { kind: "bar", measures: ["won", "signed", "received"] },
  receivables: { kind: "bar", measures: ["not_due", "days_1_30", "days_31_60", "days_61_90", "over_90"] },
  sla: { kind: "bar", measures: ["met", "met_late", "breached"] },
  csat: { kind: "bar", measures: ["csat", "response_rate"] },
  tickets_by_kind: { kind: "bar", measures: ["tickets", "open", "resolved"] },
  campaign_roi: { kind: "bar", measures: ["won", "cost"] },
};
const TEXTS = ["text", "id"];
const MOST = 12;

export const cellsOf = (row: { values?: unknown }): Cell[] => (row.values ?? []) as Cell[];

/** Columns people read: an id is left out where its name stands beside it, a code where its name does. */
export function readable(columns: Column[]): Column[] {
  const names = new Set(columns.map((column) => column.name));
  return columns.filter((column) => !names.has(`${column.name}_name`) && column.name !== "sign");
}

export function currencies(result: Result): string[] {
  const at = place(result, "currency");
  return at < 0 ? [] : [...new Set((result.rows ?? []).map((row) => String(cellsOf(row)[at] ?? "")).filter(Boolean))];
}

const place = (result: Result, name: string): number => (result.columns ?? []).findIndex((column) => column.name === name);

export interface Figures extends Pick<ChartData, "kind" | "categories" | "series" | "steps"> {
  /** Column the numbers come from: says how to write them. */
  measure: Column;
}

/** What to draw of one currency; nothing when there are no rows. `say` writes a code as people read it. */
export function figures(result: Result, currency: string, say: (column: string, code: string) => string): Figures | undefined {
  const columns = result.columns ?? [];
  const shape = SHAPES[result.name ?? ""] ?? guess(columns);
  const measures = shape.measures.map((name) => columns.find((column) => column.name === name)).filter((column) => column !== undefined);
  const measure = measures[0];
  const money = place(result, "currency");
  const rows = (result.rows ?? []).map(cellsOf).filter((row) => money < 0 || !currency || row[money] === currency);
  if (!measure || rows.length === 0) return undefined;
  const labels = readable(columns).filter((column) => TEXTS.includes(column.type ?? "") && !["currency", "pipeline"].includes(column.name ?? ""));
  const text = (row: Cell[], column: Column) => say(column.name ?? "", String(row[columns.indexOf(column)] ?? ""));
  const value = (row: Cell[], column: Column) => Number(row[columns.indexOf(column)] ?? 0);
  const [first, second] = labels;
  if (!first) {
    const row = rows[0] ?? [];
    return { kind: "bar", measure, categories: measures.map((column) => column.label ?? ""), series: [{ name: result.title ?? "", values: measures.map((column) => value(row, column)) }] };
  }
  if (second) return pivot(rows, shape, first, second, measure, text, value, (row) => String(row[columns.indexOf(second)]));
  const shown = shape.kind === "bar" ? rows.slice(0, MOST) : rows;
  const sign = place(result, "sign");
  return {
    kind: shape.kind,
    measure,
    categories: shown.map((row) => text(row, first)),
    series: measures.map((column) => ({ name: column.label ?? "", values: shown.map((row) => value(row, column)) })),
    steps: shape.kind === "waterfall" ? shown.map((row) => row[sign] as "+" | "-" | "=") : undefined,
  };
}

/** Groups side by side, one series per value of the second column. */
function pivot(rows: Cell[][], shape: Shape, group: Column, series: Column, measure: Column, text: (row: Cell[], column: Column) => string, value: (row: Cell[], column: Column) => number, code: (row: Cell[]) => string): Figures {
  const kept = rows.filter((row) => !shape.only || shape.only.includes(code(row)));
  const groups = [...new Set(kept.map((row) => text(row, group)))].slice(0, MOST);
  const names = [...new Set(kept.map((row) => text(row, series)))];
  const cell = (name: string, of: string) => kept.filter((row) => text(row, group) === of && text(row, series) === name).reduce((sum, row) => sum + value(row, measure), 0);
  return { kind: "bar", measure, categories: groups, series: names.map((name) => ({ name, values: groups.map((each) => cell(name, each)) })) };
}

/** A report this console has not heard of: its first numbers of one unit. */
function guess(columns: Column[]): Shape {
  const numbers = columns.filter((column) => !TEXTS.includes(column.type ?? ""));
  const first = numbers[0];
  return { kind: "bar", measures: numbers.filter((column) => column.unit === first?.unit && column.type === first?.type).slice(0, 4).map((column) => column.name ?? "") };
}
