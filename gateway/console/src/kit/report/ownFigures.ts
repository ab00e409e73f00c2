/** From the rows of an own report to what a chart draws and a cross table shows; one currency is drawn at a time. */
import type { ChartData } from "@kit/chart/ChartWithTable";
import { type Chart, type Dataset, isTime, type Question } from "./definition";
import { type Cell, cellsOf, type Column, type Result } from "./figures";

export type Say = (column: Column, value: Cell) => string;

export interface Cross {
  /** What the numbers are of: says how to write them. */
  measure: Column;
  heads: string[];
  rows: { name: string; currency: string; values: Cell[] }[];
}

const KINDS: Partial<Record<Chart, ChartData["kind"]>> = { BAR: "bar", STACKED_BAR: "stacked", LINE: "line", DONUT: "donut" };
const MOST = { things: 12, times: 60, series: 12 };

/** Index of the column that shows a dimension: its name where it has one. */
const place = (columns: Column[], name: string): number => {
  const named = columns.findIndex((column) => column.name === `${name}_name`);
  return named >= 0 ? named : columns.findIndex((column) => column.name === name);
};

/** Rows against the values of the one column; nothing without a column or with several figures. */
export function cross(result: Result, asked: Question, say: Say): Cross | undefined {
  const columns = result.columns ?? [];
  const [column, measure] = [asked.columns[0], columns.find((each) => each.name === asked.measures[0])];
  if (!column || !measure || asked.measures.length > 1 || asked.rows.length === 0) return undefined;
  const [side, figure, money] = [place(columns, column), columns.indexOf(measure), columns.findIndex((each) => each.name === "currency")];
  const keys = asked.rows.map((name) => place(columns, name));
  const text = (row: Cell[], at: number) => say(columns[at] as Column, row[at] ?? null);
  const cells = (result.rows ?? []).map(cellsOf);
  const heads = [...new Set(cells.map((row) => String(row[side] ?? "")))].sort();
  const found = new Map<string, Cross["rows"][number]>();
  for (const row of cells) {
    const name = keys.map((at) => text(row, at)).join(" · ");
    const currency = money < 0 ? "" : String(row[money] ?? "");
    const key = `${name}\n${currency}`;
    const line = found.get(key) ?? { name, currency, values: heads.map(() => null) };
    line.values[heads.indexOf(String(row[side] ?? ""))] = row[figure] ?? null;
    found.set(key, line);
  }
  return { measure, heads: heads.map((head) => say(columns[side] as Column, head)), rows: [...found.values()] };
}

export interface OwnFigures extends Pick<ChartData, "kind" | "categories" | "series"> {
  measure: Column;
}

export function ownFigures(result: Result, asked: Question, dataset: Dataset | undefined, currency: string, say: Say): OwnFigures | undefined {
  const kind = KINDS[asked.chart];
  const columns = result.columns ?? [];
  const measures = asked.measures.map((name) => columns.find((column) => column.name === name)).filter((each) => each !== undefined);
  const measure = measures[0];
  if (!kind || !measure || asked.rows.length + asked.columns.length === 0) return undefined;
  const money = columns.findIndex((column) => column.name === "currency");
  const rows = (result.rows ?? []).map(cellsOf).filter((row) => money < 0 || !currency || row[money] === currency);
  if (rows.length === 0) return undefined;
  // Time runs along the axis of a line, wherever it stands in the table.
  const turned = kind === "line" && asked.columns.some((name) => isTime(dataset, name)) && !asked.rows.some((name) => isTime(dataset, name));
  const [along, across] = turned || asked.rows.length === 0 ? [asked.columns, asked.rows] : [asked.rows, asked.columns];
  const text = (row: Cell[], names: string[]) => names.map((name) => place(columns, name)).map((at) => say(columns[at] as Column, row[at] ?? null)).join(" · ");
  const value = (row: Cell[] | undefined, column: Column) => Number(row?.[columns.indexOf(column)] ?? 0);
  const timed = along.some((name) => isTime(dataset, name));
  const all = [...new Set(rows.map((row) => text(row, along)))];
  const categories = (timed && along.length === 1 ? all.sort() : all).slice(0, timed ? MOST.times : MOST.things);
  if (across.length === 0) {
    const drawn = kind === "donut" ? measures.slice(0, 1) : measures.filter((each) => each.unit === measure.unit && each.type === measure.type);
    const row = (category: string) => rows.find((each) => text(each, along) === category);
    return { kind, measure, categories, series: drawn.map((column) => ({ name: column.label ?? "", values: categories.map((each) => value(row(each), column)) })) };
  }
  const found = new Map(rows.map((row) => [`${text(row, along)}\n${text(row, across)}`, row]));
  const names = [...new Set(rows.map((row) => text(row, across)))].sort().slice(0, MOST.series);
  const series = names.map((name) => ({ name, values: categories.map((category) => value(found.get(`${category}\n${name}`), measure)) }));
  return { kind: kind === "donut" ? "stacked" : kind, measure, categories, series };
}
