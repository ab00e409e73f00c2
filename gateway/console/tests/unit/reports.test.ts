import { describe, expect, it } from "vitest";
import { csv } from "../../src/kit/report/csv";
import { figures, readable, type Result } from "../../src/kit/report/figures";
import { dayAfter, period } from "../../src/areas/analytics/reports/period";

const column = (name: string, type = "text", unit = "") => ({ name, label: name.toUpperCase(), type, unit });
const say = (_: string, code: string) => code;

describe("the chart of a report", () => {
  const stages: Result = {
    name: "pipeline_by_stage",
    columns: [column("pipeline"), column("stage"), column("stage_name"), column("currency"), column("value", "decimal", "currency"), column("weighted", "decimal", "currency")],
    rows: [{ values: ["Standard", "first_talk", "First talk", "CNY", "100.10", "10.01"] }, { values: ["Standard", "first_talk", "First talk", "USD", "7.00", "0.70"] }],
  };

  it("never mixes currencies", () => {
    expect(figures(stages, "USD", say)?.series.map((each) => each.values)).toEqual([[7], [0.7]]);
  });

  it("shows the name of a stage, not its code", () => {
    expect(figures(stages, "CNY", say)?.categories).toEqual(["First talk"]);
    expect(readable(stages.columns ?? []).map((each) => each.name)).not.toContain("stage");
  });

  it("puts groups side by side, one series per stage", () => {
    const grouped: Result = { name: "lead_funnel_snapshot", columns: [column("source"), column("stage"), column("leads", "integer")], rows: [{ values: ["web", "assigned", 2] }, { values: ["web", "touched", 1] }, { values: ["fair", "assigned", 5] }] };
    const drawn = figures(grouped, "", say);
    expect(drawn?.categories).toEqual(["web", "fair"]);
    expect(drawn?.series).toEqual([{ name: "assigned", values: [2, 5] }, { name: "touched", values: [1, 0] }]);
  });

  it("draws a report it has not heard of from its first numbers", () => {
    const unknown: Result = { name: "new_one", columns: [column("team"), column("calls", "integer"), column("rate", "ratio")], rows: [{ values: ["A", 3, 0.5] }] };
    expect(figures(unknown, "", say)?.series).toEqual([{ name: "CALLS", values: [3] }]);
  });
});

describe("the CSV of a report", () => {
  it("keeps money as the server wrote it and quotes what needs it", () => {
    const result: Result = { columns: [column("name"), column("won", "decimal", "currency")], rows: [{ values: ['A "B", C', "12345678901234567.89"] }], totals: [{ values: ["", "12345678901234567.89"] }] };
    expect(csv(result)).toBe('NAME,WON\r\n"A ""B"", C",12345678901234567.89\r\n,12345678901234567.89\r\n');
  });

  it("marks as text what a spreadsheet would run, and leaves negative money alone", () => {
    expect(csv({ columns: [column("name")], rows: [{ values: ["=1+1"] }, { values: ["-12.50"] }] })).toBe("NAME\r\n'=1+1\r\n-12.50\r\n");
  });
});

describe("periods", () => {
  const now = new Date(2026, 10, 23);
  it("begin with the first day of the quarter", () => expect(period("quarter", now)).toEqual({ from: "2026-10-01", to: "2026-11-23" }));
  it("include the whole last month", () => expect(period("last_month", now)).toEqual({ from: "2026-10-01", to: "2026-10-31" }));
  it("end the day before the one the API is told", () => expect(dayAfter("2026-12-31")).toBe("2027-01-01"));
});
