/**
 * Markdown as articles use it, read into plain blocks: headings, lists, quotes, code and paragraphs, with bold, emphasis,
 * code and links inside. Nothing of a text ever becomes HTML; what is not understood stays as it was typed.
 */
export type Inline = string | { kind: "strong" | "em" | "code"; text: string } | { kind: "link"; text: string; to: string };

export type Block =
  | { kind: "heading"; level: number; inline: Inline[] }
  | { kind: "paragraph" | "quote"; inline: Inline[] }
  | { kind: "list"; ordered: boolean; items: Inline[][] }
  | { kind: "code"; text: string };

const INLINE = /\*\*([^*\n]+)\*\*|\*([^*\n]+)\*|`([^`\n]+)`|\[([^\]\n]+)\]\(([^)\s]+)\)/g;
const HEADING = /^(#{1,4})\s+(.*)$/;
const ITEM = /^\s*(?:[-*]|(\d+)[.、)])\s+(.*)$/;
const QUOTE = /^>\s?(.*)$/;
/** Only where a click is meant to lead; a script or a file is no such place. */
const SAFE = /^(https?:\/\/|mailto:|\/app\/)/;

export function inline(text: string): Inline[] {
  const found: Inline[] = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, strong, em, code, label, to] = match;
    if (match.index > at) found.push(text.slice(at, match.index));
    if (strong) found.push({ kind: "strong", text: strong });
    else if (em) found.push({ kind: "em", text: em });
    else if (code) found.push({ kind: "code", text: code });
    else if (label && to && SAFE.test(to)) found.push({ kind: "link", text: label, to });
    else found.push(whole);
    at = match.index + whole.length;
  }
  if (at < text.length) found.push(text.slice(at));
  return found;
}

export function blocks(markdown: string): Block[] {
  const found: Block[] = [];
  const lines = markdown.replaceAll("\r\n", "\n").split("\n");
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    const heading = HEADING.exec(line);
    if (line.trim() === "") continue;
    if (line.startsWith("```")) {
      const end = lines.findIndex((each, index) => index > at && each.startsWith("```"));
      const until = end < 0 ? lines.length : end;
      found.push({ kind: "code", text: lines.slice(at + 1, until).join("\n") });
      at = until;
    } else if (heading) {
      found.push({ kind: "heading", level: (heading[1] ?? "").length, inline: inline(heading[2] ?? "") });
    } else {
      const item = ITEM.exec(line);
      const same = (next: string) => (item ? ITEM.test(next) : QUOTE.test(line) ? QUOTE.test(next) : next.trim() !== "" && ![HEADING, ITEM, QUOTE].some((each) => each.test(next)) && !next.startsWith("```"));
      let until = at + 1;
      while (until < lines.length && same(lines[until] ?? "")) until += 1;
      const taken = lines.slice(at, until);
      if (item) found.push({ kind: "list", ordered: Boolean(item[1]), items: taken.map((each) => inline(ITEM.exec(each)?.[2] ?? "")) });
      else if (QUOTE.test(line)) found.push({ kind: "quote", inline: inline(taken.map((each) => QUOTE.exec(each)?.[1] ?? "").join("\n")) });
      else found.push({ kind: "paragraph", inline: inline(taken.join("\n")) });
      at = until - 1;
    }
  }
  return found;
}

/** The same as a customer reads it in a plain message. */
export function plain(markdown: string): string {
  const words = (parts: Inline[]) => parts.map((part) => (typeof part === "string" ? part : part.kind === "link" ? `${part.text} (${part.to})` : part.text)).join("");
  const told = blocks(markdown).map((block) => {
    if (block.kind === "code") return block.text;
    if (block.kind === "list") return block.items.map((item, index) => `${block.ordered ? `${index + 1}.` : "-"} ${words(item)}`).join("\n");
    return words(block.inline);
  });
  return told.join("\n\n");
}
