import { describe, expect, it } from "vitest";
import { humanised, moment, money, relative } from "../../src/kit/format";

describe("money", () => {
  it("shortens with 万 and 亿 in Chinese, with K and M in English", () => {
    expect(money("zh-CN", "1234500", "CNY", true)).toBe("¥123.5万");
    expect(money("zh-CN", "250000000", "CNY", true)).toBe("¥2.5亿");
    expect(money("en", "1234500", "CNY", true)).toBe("¥1.2M");
  });

  it("keeps every digit of an exact amount", () => {
    expect(money("en", "90071992547409931.25", "USD")).toBe("$90,071,992,547,409,931.25");
  });

  it("writes cents only where there are some", () => {
    expect(money("en", "1200.00", "USD")).toBe("$1,200");
    expect(money("en", "1200.50", "USD")).toBe("$1,200.50");
  });
});

describe("moments", () => {
  const now = new Date("2026-11-23T10:00:00Z");

  it("says the time today, the day this year, the year before that", () => {
    expect(moment("zh-CN", "2026-11-23T08:30:00Z", now, "UTC")).toBe("08:30");
    expect(moment("zh-CN", "2026-10-01T08:30:00Z", now, "UTC")).toBe("10月1日");
    expect(moment("en", "2025-10-01T08:30:00Z", now, "UTC")).toBe("Oct 1, 2025");
  });

  it("counts in the largest unit that is full", () => {
    expect(relative("en", "2026-11-20T09:00:00Z", now)).toBe("3 days ago");
    expect(relative("zh-CN", "2026-11-23T12:00:00Z", now)).toBe("2小时后");
  });
});

it("reads a name where no label was given", () => expect(humanised("custom_fields.annual_budget")).toBe("Annual budget"));
