import { describe, expect, it } from "vitest";
import { parse, quoted, write } from "../../src/kit/list/aip160";

describe("chips and AIP-160", () => {
  it("writes terms as a conjunction, several values as OR in brackets", () => {
    const text = write([
      { field: "owner_id", operator: "=", values: ["01a2-b"] },
      { field: "state", operator: "=", values: ["POOLED", "WORKING"] },
      { field: "company", operator: ":", values: ["上海 \"冷链\""] },
    ]);
    expect(text).toBe('owner_id = 01a2-b AND state = (POOLED OR WORKING) AND company : "上海 \\"冷链\\""');
  });

  it("reads back what it wrote", () => {
    const terms = [
      { field: "score", operator: ">=", values: ["60"] },
      { field: "custom_fields.budget", operator: "<", values: ["1000.5"] },
      { field: "create_time", operator: ">=", values: ["days_ago(30)"] },
      { field: "name", operator: "=", values: ["AND", "王 小明"] },
    ];
    expect(parse(write(terms))).toEqual(terms);
  });

  it.each(["NOT state = POOLED", "a = 1 OR b = 2", "state = (A AND B)", "a = 1 AND", "free text", 'a = "open', "(a = 1)"])(
    "leaves %j to experts",
    (text) => expect(parse(text)).toBeNull(),
  );

  it("takes a blank filter as no terms", () => expect(parse("  ")).toEqual([]));

  it("quotes words of the language and anything with a space", () => {
    expect([quoted("OR"), quoted("a b"), quoted("ok-1@x.cn")]).toEqual(['"OR"', '"a b"', "ok-1@x.cn"]);
  });
});
