import { describe, expect, it } from "vitest";
import { ticks } from "../../src/kit/chart/scale";
import { asked, type Question, usual } from "../../src/kit/report/definition";
import type { Cell, Column, Result } from "../../src/kit/report/figures";
import { cross, ownFigures } from "../../src/kit/report/ownFigures";
import { moved, resized } from "../../src/kit/report/tiles";

const column = (name: string, type = "text", unit = "") => ({ name, label: name.toUpperCase(), type, unit });
const say = (_: Column, value: Cell) => String(value ?? "");
const dataset = { name: "deals", fields: [{ name: "owner_id", groups: true }, { name: "close_date", groups: true, grains: ["month"] }] };
const question: Question = asked({ dataset: "deals", rows: ["owner_id"], columns: ["close_date.month"], measures: ["amount.sum"], chart: "STACKED_BAR" });
const result: Result = {
  columns: [column("owner_id", "id"), column("owner_id_name"), column("close_date.month"), column("currency"), column("amount.sum", "decimal", "currency")],
  rows: [
    { values: ["1", "Li", "2026-04", "CNY", "90071992547409.93"] },
    { values: ["1", "Li", "2026-03", "CNY", "2.00"] },
    { values: ["2", "Wang", "2026-03", "CNY", "3.00"] },
    { values: ["2", "Wang", "2026-03", "USD", "7.00"] },
  ],
};

describe("an own report", () => {
  it("stands as a cross table, every digit kept and every currency in a row of its own", () => {
    const table = cross(result, question, say);
    expect(table?.heads).toEqual(["2026-03", "2026-04"]);
    expect(table?.rows).toEqual([
      { name: "Li", currency: "CNY", values: ["2.00", "90071992547409.93"] },
      { name: "Wang", currency: "CNY", values: ["3.00", null] },
      { name: "Wang", currency: "USD", values: ["7.00", null] },
    ]);
  });

  it("has no cross table with several figures", () => {
    expect(cross(result, { ...question, measures: ["amount.sum", "count"] }, say)).toBeUndefined();
  });

  it("draws one currency at a time, its columns as series", () => {
    const drawn = ownFigures(result, question, dataset, "USD", say);
    expect(drawn).toMatchObject({ kind: "stacked", categories: ["Wang"], series: [{ name: "2026-03", values: [7] }] });
  });

  it("runs time along the axis of a line, in its order, wherever it stands in the table", () => {
    const drawn = ownFigures(result, { ...question, chart: "LINE" }, dataset, "CNY", say);
    expect(drawn?.categories).toEqual(["2026-03", "2026-04"]);
    expect(drawn?.series.map((each) => each.name)).toEqual(["Li", "Wang"]);
    expect(drawn?.series[1]?.values).toEqual([3, 0]);
  });

  it("is no chart as a table or as a number", () => {
    expect(ownFigures(result, { ...question, chart: "TABLE" }, dataset, "CNY", say)).toBeUndefined();
    expect(ownFigures(result, { ...question, chart: "NUMBER" }, dataset, "CNY", say)).toBeUndefined();
  });

  it("begins as its dataset suggests", () => {
    expect(usual({ name: "deals", usual_rows: ["owner_id"], usual_columns: ["close_date.month"], usual_measures: ["amount.sum"] })).toEqual(question);
  });
});

describe("a dashboard", () => {
  const tiles = ["a", "b", "c"];

  it("moves a tile to another place and keeps all", () => {
    expect(moved(tiles, 2, 0)).toEqual(["c", "a", "b"]);
    expect(moved(tiles, 0, 9)).toEqual(["b", "c", "a"]);
  });

  it("makes a tile wider and narrower in steps, and no more at the ends", () => {
    const tile = (width: number) => ({ report_definition_id: "1", width });
    expect([resized(tile(0), 1), resized(tile(6), -1), resized(tile(12), 1), resized(tile(4), -1)]).toEqual([8, 4, 12, 4]);
  });
});

describe("an axis", () => {
  it("holds zero and all values in round steps", () => {
    expect(ticks([3, 48])).toEqual([0, 10, 20, 30, 40, 50]);
    expect(ticks([-20, 30])).toEqual([-20, -10, 0, 10, 20, 30]);
    expect(ticks([0])).toHaveLength(6);
  });
});
