/** A report as CSV (RFC 4180): headings in the reader's language, values as the server wrote them, totals last. */
import { cellsOf, type Result } from "./figures";

/** A text that a spreadsheet would take for a formula is marked as text. */
function cell(value: unknown): string {
  const text = value === null || value === undefined ? "" : String(value);
  const safe = typeof value === "string" && /^[=+@\t\r]|^-(?![\d.])/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function csv(result: Result): string {
  const head = (result.columns ?? []).map((column) => column.label ?? column.name ?? "");
  const rows = [...(result.rows ?? []), ...(result.totals ?? [])].map(cellsOf);
  return [head, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}
