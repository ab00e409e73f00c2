import { describe, expect, it } from "vitest";
import { promisesOf, spanOf, urgencyOf } from "../../src/areas/service/tickets/clock";

const NOW = Date.parse("2026-11-23T08:00:00Z");
const at = (minutes: number) => new Date(NOW + minutes * 60_000).toISOString();
const promise = (minutes: number, state = "RUNNING", promised = 60) => ({ target: "RESOLUTION" as const, state, due: at(minutes), minutes: promised });

describe("what a ticket owes", () => {
  it("names the earliest due first, paused ones last, kept ones not at all", () => {
    const clocks = [
      { target: "RESOLUTION", state: "PAUSED" },
      { target: "FIRST_RESPONSE", state: "MET", due_time: at(1) },
      { target: "NEXT_RESPONSE", state: "RUNNING", due_time: at(10) },
    ];
    expect(promisesOf({ id: "1", clocks }).map((each) => each.target)).toEqual(["NEXT_RESPONSE", "RESOLUTION"]);
  });

  it("is calm with time, soon in the last half hour or quarter, late after", () => {
    expect(urgencyOf(promise(45), NOW)).toBe("calm");
    expect(urgencyOf(promise(29), NOW)).toBe("soon");
    expect(urgencyOf(promise(200, "RUNNING", 960), NOW)).toBe("soon");
    expect(urgencyOf(promise(-1, "BREACHED_RUNNING"), NOW)).toBe("late");
    expect(urgencyOf({ ...promise(0), due: "", state: "PAUSED" }, NOW)).toBe("still");
  });

  it("counts days, hours, minutes and seconds in both directions", () => {
    expect(spanOf(-90_061_000)).toEqual({ days: 1, hours: 1, minutes: 1, seconds: 1 });
  });
});
