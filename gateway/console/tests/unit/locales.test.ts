import { describe, expect, it } from "vitest";

type Texts = { [key: string]: string | Texts };

const files = import.meta.glob<Texts>("../../src/locales/*/*.json", { eager: true, import: "default" });
const sources = import.meta.glob<string>("../../src/**/*.{ts,tsx}", { eager: true, query: "?raw", import: "default" });
const names = [...new Set(Object.keys(files).map((path) => path.split("/").at(-1)?.replace(".json", "") ?? ""))];
const of = (language: string, name: string): Record<string, string> => flat(files[`../../src/locales/${language}/${name}.json`] ?? {});

function flat(texts: Texts, prefix = ""): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).flatMap(([key, value]) => (typeof value === "string" ? [[prefix + key, value]] : Object.entries(flat(value, `${prefix}${key}.`)))),
  );
}

/** Names and signs that are the same in both languages. */
const SAME = /^(Tributary|—|SQL|\{\{page\}\} · Tributary|\{\{name\}\}|)$/;
const placeholders = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]).filter((name) => name !== "formatted" && name !== "count").sort();

describe.each(names)("%s", (name) => {
  const [zh, en] = [of("zh-CN", name), of("en", name)];

  it("has the same keys in both languages", () => expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort()));

  it("is translated, not copied", () => {
    const copied = Object.keys(zh).filter((key) => zh[key] === en[key] && !SAME.test(zh[key] ?? ""));
    expect(copied).toEqual([]);
  });

  it("fills the same places in both languages", () => {
    const different = Object.keys(zh).filter((key) => placeholders(zh[key] ?? "").join() !== placeholders(en[key] ?? "").join() && !key.startsWith("timeline.by"));
    expect(different).toEqual([]);
  });
});

it("has every text that the core asks for by a fixed key", () => {
  const missing: string[] = [];
  for (const [path, text] of Object.entries(sources)) {
    const source = text.replace(/\/\*\*[\s\S]*?\*\//g, "");
    const namespace = /useTranslation\("([\w-]+)"\)/.exec(source)?.[1] ?? (source.includes("useTranslation()") ? "app" : "");
    if (!namespace || !names.includes(namespace)) continue;
    for (const match of source.matchAll(/\bt\("([\w.:>=<!-]+)"/g)) {
      const [, first = "", second] = /^(?:(\w+):)?(.+)$/.exec(match[1] ?? "") ?? [];
      const texts = of("en", first || namespace);
      const key = second ?? "";
      const known = key in texts || `${key}_other` in texts || Object.keys(texts).some((each) => each.startsWith(`${key}.`));
      if (!known) missing.push(`${path} ${match[1]}`);
    }
  }
  expect(missing).toEqual([]);
});
