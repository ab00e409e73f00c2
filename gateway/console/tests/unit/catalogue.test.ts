/** The order of rules and the hours of calendars, as people write them. */
import { describe, expect, it } from "vitest";
import { intervalsOf, spans, written } from "../../src/areas/service/promises/hours";
import { places } from "../../src/kit/catalogue/order";

describe("the order of rules", () => {
  it("gives the positions there are out anew and names only those that change", () => {
    const moved = places([{ id: "b", position: 20 }, { id: "a", position: 10 }, { id: "c", position: 30 }]);
    expect([...moved]).toEqual([["b", 10], ["a", 20]]);
  });

  it("makes room where two stand at one position", () => {
    const moved = places([{ id: "b", position: 0 }, { id: "a", position: 0 }]);
    expect([...moved]).toEqual([["b", 10], ["a", 20]]);
  });
});

describe("working hours", () => {
  it("are read with Chinese and English signs", () => {
    expect(intervalsOf("09:00-12:00，13:00–18:00")).toEqual([{ start: "09:00", end: "12:00" }, { start: "13:00", end: "18:00" }]);
    expect(intervalsOf("")).toEqual([]);
  });

  it("that cannot be read go to the server as they are", () => {
    expect(intervalsOf("morning")).toEqual([{ start: "morning", end: "" }]);
  });

  it("of days in a row stand together", () => {
    const week = ["MONDAY", "TUESDAY", "SUNDAY"].map((weekday) => ({ weekday, start: "09:00", end: "18:00" }));
    expect(spans(week, ["MONDAY", "TUESDAY", "WEDNESDAY", "SUNDAY"])).toEqual([
      { from: "MONDAY", to: "TUESDAY", hours: "09:00-18:00" },
      { from: "SUNDAY", to: "SUNDAY", hours: "09:00-18:00" },
    ]);
    expect(written([{ start: "09:00", end: "12:00" }])).toBe("09:00-12:00");
  });
});
