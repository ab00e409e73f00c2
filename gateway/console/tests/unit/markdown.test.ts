import { describe, expect, it } from "vitest";
import { languageOf, spoken } from "../../src/areas/service/knowledge/languages";
import { blocks, inline, plain } from "../../src/areas/service/knowledge/markdown";

describe("the Markdown of articles", () => {
  it("knows headings, lists, quotes, code and paragraphs", () => {
    const kinds = blocks("# A\nwords\nmore\n\n- one\n- two\n1. first\n> said\n```\n<b>\n```\nend").map((block) => block.kind);
    expect(kinds).toEqual(["heading", "paragraph", "list", "quote", "code", "paragraph"]);
  });

  it("leaves HTML the letters it is made of", () => {
    expect(inline("<img src=x onerror=alert(1)>")).toEqual(["<img src=x onerror=alert(1)>"]);
  });

  it("makes no link of what a click must not lead to", () => {
    expect(inline("[a](javascript:alert(1)) [b](https://example.com)").filter((part) => typeof part !== "string")).toEqual([{ kind: "link", text: "b", to: "https://example.com" }]);
  });

  it("is told in a plain message without its marks", () => {
    expect(plain("## Do\n1. **Hold** `Reset`\n2. See [here](https://example.com)")).toBe("Do\n\n1. Hold Reset\n2. See here (https://example.com)");
  });

  it("speaks the language of the ticket, or the other where the article lacks it", () => {
    expect([languageOf("网关 offline"), languageOf("Gateway offline")]).toEqual(["zh", "en"]);
    expect(spoken({ id: "1", title_en: "Only English", body_en: "x" }, "zh")).toBe("en");
  });
});
