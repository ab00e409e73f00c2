import { expect, test } from "vitest";
import { moved, shownDays, weekStart } from "@kit/tasks/days";

test("a week begins on Monday", () => {
  expect(weekStart("2026-11-23")).toBe("2026-11-23");
  expect(weekStart("2026-11-29")).toBe("2026-11-23");
});

test("a month is shown in whole weeks and none of them without a day of it", () => {
  const november = shownDays("2026-11-23", "month");
  expect([november[0], november.at(-1), november.length]).toEqual(["2026-10-26", "2026-12-06", 42]);
  const february = shownDays("2027-02-14", "month");
  expect([february[0], february.at(-1), february.length]).toEqual(["2027-02-01", "2027-02-28", 28]);
});

test("a week is shown alone", () => {
  expect(shownDays("2026-12-31", "week")).toEqual(["2026-12-28", "2026-12-29", "2026-12-30", "2026-12-31", "2027-01-01", "2027-01-02", "2027-01-03"]);
});

test("a month later than its last day is the last day of the next", () => {
  expect(moved("2027-01-31", { months: 1 })).toBe("2027-02-28");
  expect(moved("2027-01-31", { days: 1 })).toBe("2027-02-01");
});
