/**
 * Ant Design without styles made at run time: the CSP stays strict, the page starts faster, the bundle is smaller.
 *
 * - The style functions of antd are cut out of its modules; its own static style sheet takes their place, reduced to
 *   the components in `COMPONENTS`; a page that uses another one imports its own, for example `virtual:antd-tabs.css`.
 * - What still needs CSS at run time (design tokens, scroll lock, icons) goes through `src/app/stylesheets.ts`, which
 *   uses constructed style sheets: allowed by `style-src 'self'`, where `<style>` elements are not.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

/** First part of the class names of the antd components every page may use: `.ant-select-…` is `select`. */
const COMPONENTS =
  "alert app btn button checkbox dropdown empty fade input modal motion move popover row scroll segmented select slide space spin tag tooltip zoom zero".split(
    " ",
  );
/** Colours of tags and buttons that no page uses: ours come from the tokens. */
const PRESET = /\.ant-(?:tag|btn-color)-(?:blue|cyan|geekblue|gold|green|lime|magenta|orange|pink|purple|red|volcano|yellow)(?![a-z])/;
/** `virtual:antd.css`, and `virtual:antd-picker.css` for a component that only some pages need. */
const VIRTUAL = /^virtual:antd(?:-([a-z]+))?\.css$/;
const STYLE_HOOKS = new Set(["genStyleHooks", "genSubStyleComponent", "genComponentStyleHook"]);

interface Node {
  type: string;
  start: number;
  end: number;
  callee?: Node & { name?: string };
  arguments?: Node[];
}

export function staticAntd(): Plugin {
  const require = createRequire(import.meta.url);
  const sheet = fileURLToPath(new URL("../src/app/stylesheets.ts", import.meta.url));
  return {
    name: "static-antd",
    enforce: "pre",
    resolveId(id) {
      if (VIRTUAL.test(id)) return `\0${id}`;
      return /(^|\/)Dom\/dynamicCSS(\.js)?$/.test(id) ? sheet : null;
    },
    load(id) {
      const wanted = id.startsWith("\0") ? VIRTUAL.exec(id.slice(1)) : null;
      if (!wanted) return null;
      return reduced(readFileSync(require.resolve("antd/dist/antd.css"), "utf8"), wanted[1]);
    },
    transform(code, id) {
      const path = id.replaceAll("\\", "/");
      if (path.includes("/cssinjs-utils/es/util/genStyleUtils.js")) {
        return code.replace("if (memoizedZeroRuntime) {\n        return hashId;\n      }", "return hashId;");
      }
      if (!/\/antd\/es\/.+\/style\/.+\.js$/.test(path) || !code.includes("genS")) return null;
      let cut = code;
      for (const node of calls(this.parse(code) as unknown as Node).sort((a, b) => b.start - a.start)) {
        const styles = node.arguments?.[1];
        if (styles) cut = `${cut.slice(0, styles.start)}null${cut.slice(styles.end)}`;
      }
      return { code: cut, map: null };
    },
  };
}

function calls(node: unknown): Node[] {
  if (Array.isArray(node)) return node.flatMap(calls);
  if (node === null || typeof node !== "object") return [];
  const found = node as Node;
  const own = found.type === "CallExpression" && STYLE_HOOKS.has(found.callee?.name ?? "") ? [found] : [];
  return [...own, ...Object.values(found).flatMap(calls)];
}

/** The rules about the shared components, or those about `extra` only, and the keyframes they refer to. */
export function reduced(css: string, extra?: string): string {
  const known = new Set(extra ? [...COMPONENTS, extra] : COMPONENTS);
  const kept = rules(css, (selector) => {
    // The design tokens of the default theme; ours are set at run time.
    if (selector.includes(".css-var-")) return false;
    if (PRESET.test(selector)) return false;
    // Neither of the console's languages is written from right to left.
    if (/-rtl(?![\w-])|:dir\(rtl/.test(selector.replace(/:not\([^)]*\)/g, ""))) return false;
    const named = [...selector.matchAll(/(?<![a-z])ant-([a-z]+)/g)].map((match) => match[1] ?? "");
    return named.every((each) => known.has(each)) && (extra === undefined || named.includes(extra));
  });
  return kept.filter((rule) => !rule.startsWith("@keyframes") || isUsed(rule, kept)).join("\n");
}

function isUsed(keyframes: string, all: string[]): boolean {
  const name = keyframes.slice("@keyframes".length, keyframes.indexOf("{")).trim();
  return all.some((rule) => !rule.startsWith("@keyframes") && rule.includes(name));
}

function rules(css: string, wanted: (selector: string) => boolean): string[] {
  const found: string[] = [];
  let at = 0;
  while (at < css.length) {
    const open = css.indexOf("{", at);
    if (open < 0) break;
    let depth = 1;
    let end = open + 1;
    for (; depth > 0 && end < css.length; end++) depth += css[end] === "{" ? 1 : css[end] === "}" ? -1 : 0;
    const head = css.slice(at, open).trim();
    const body = css.slice(open + 1, end - 1);
    if (head.startsWith("@keyframes")) found.push(`${head}{${body}}`);
    else if (head.startsWith("@")) {
      const inner = rules(body, wanted).join("");
      if (inner) found.push(`${head}{${inner}}`);
    } else {
      const selectors = splitSelectors(head).filter(wanted);
      if (selectors.length > 0) found.push(`${selectors.join(",")}{${body}}`);
    }
    at = end;
  }
  return found;
}

function splitSelectors(head: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < head.length; at++) {
    if (head[at] === "(") depth++;
    else if (head[at] === ")") depth--;
    else if (head[at] === "," && depth === 0) {
      found.push(head.slice(from, at));
      from = at + 1;
    }
  }
  return [...found, head.slice(from)];
}
