/**
 * Chips to AIP-160 and back. A filter that is a plain AND of `field operator value` shows as chips; anything else stays
 * text for experts. OR inside a chip is `field = (A OR B)`.
 */
export interface Term {
  field: string;
  operator: string;
  values: string[];
}

const OPERATORS = [">=", "<=", "!=", "=", ">", "<", ":"];
const BARE = /^[\p{L}\p{N}_.@+-]+(\([\p{N}]+\))?$/u;
const WORDS = new Set(["AND", "OR", "NOT"]);

export function write(terms: Term[]): string {
  return terms
    .filter((term) => term.values.length > 0)
    .map(({ field, operator, values }) => {
      const texts = values.map(quoted);
      return `${field} ${operator} ${texts.length > 1 ? `(${texts.join(" OR ")})` : texts[0]}`;
    })
    .join(" AND ");
}

export function quoted(value: string): string {
  if (BARE.test(value) && !WORDS.has(value)) return value;
  return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/** The terms of a filter, or null when it says more than chips can. */
export function parse(text: string): Term[] | null {
  if (!text.trim()) return [];
  const tokens = tokenize(text);
  if (!tokens) return null;
  const terms: Term[] = [];
  let at = 0;
  while (at < tokens.length) {
    const [field, operator] = [tokens[at], tokens[at + 1]];
    if (!field || field.quoted || !/^[a-z][\w.]*$/i.test(field.text) || WORDS.has(field.text)) return null;
    if (!operator || operator.quoted || !OPERATORS.includes(operator.text)) return null;
    at += 2;
    const values: string[] = [];
    if (tokens[at]?.text === "(" && !tokens[at]?.quoted) {
      for (at++; ; at += 2) {
        const [value, next] = [tokens[at], tokens[at + 1]];
        if (!value || !next || isSign(value)) return null;
        values.push(value.text);
        if (next.text === ")" && !next.quoted) break;
        if (next.text !== "OR" || next.quoted) return null;
      }
      at += 2;
    } else {
      const value = tokens[at];
      if (!value || isSign(value)) return null;
      values.push(value.text);
      at++;
    }
    terms.push({ field: field.text, operator: operator.text, values });
    if (at < tokens.length && (tokens[at]?.text !== "AND" || tokens[at]?.quoted || at === tokens.length - 1)) return null;
    at++;
  }
  return terms;
}

interface Token {
  text: string;
  quoted: boolean;
}

const isSign = (token: Token): boolean => !token.quoted && (token.text === "(" || token.text === ")" || OPERATORS.includes(token.text) || WORDS.has(token.text));

function tokenize(text: string): Token[] | null {
  const tokens: Token[] = [];
  const pattern = /\s*(?:"((?:[^"\\]|\\.)*)"|(>=|<=|!=|=|>|<|:|\(|\))|([^\s"()=<>!:]+(?:\(\d+\))?))/gy;
  while (pattern.lastIndex < text.trimEnd().length) {
    const match = pattern.exec(text);
    if (!match) return null;
    if (match[1] !== undefined) tokens.push({ text: match[1].replace(/\\(.)/g, "$1"), quoted: true });
    else tokens.push({ text: match[2] ?? match[3] ?? "", quoted: false });
  }
  return tokens;
}

/** Operators that make sense for a kind of field, the usual one first. */
export function operatorsFor(kind: string): string[] {
  if (kind === "integer" || kind === "number" || kind === "money") return [">=", "<=", "=", "!="];
  if (kind === "date" || kind === "time") return [">=", "<"];
  if (kind === "text" || kind === "long" || kind === "texts") return [":", "=", "!="];
  return ["=", "!="];
}
