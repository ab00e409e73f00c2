import { describe, expect, it } from "vitest";
import { begin, choose, remember } from "../../src/kit/import/mapping";

const known = new Set(["name", "phone", "company"]);

describe("columns of a file", () => {
  it("go where they went last time rather than where the server proposes", () => {
    const choices = begin([{ heading: "联系人", field: "name" }, { heading: "单位", field: "company" }], { 联系人: "company" }, known);
    expect(choices.map((each) => [each.field, each.origin])).toEqual([["company", "remembered"], ["", "skipped"]]);
  });

  it("stay skipped when they were skipped last time", () => {
    expect(begin([{ heading: "Phone", field: "phone" }], { Phone: "" }, known)[0]?.origin).toBe("skipped");
  });

  it("never go to a field that no longer exists", () => {
    expect(begin([{ heading: "Budget" }], { Budget: "custom_fields.budget" }, known)[0]?.field).toBe("");
  });

  it("give up a field that another column takes", () => {
    const choices = begin([{ heading: "Tel", field: "phone" }, { heading: "Mobile" }], {}, known);
    expect(choose(choices, "Mobile", "phone").map((each) => each.field)).toEqual(["", "phone"]);
  });

  it("are remembered without losing those of other files", () => {
    const kept = remember([{ heading: "Tel", field: "phone", origin: "chosen" }], { Name: "name", Tel: "" });
    expect(kept).toEqual({ Name: "name", Tel: "phone" });
  });
});
