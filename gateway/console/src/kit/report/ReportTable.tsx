/** The whole answer of a report: every column, money to the cent, totals per currency. */
import { useTranslation } from "react-i18next";
import { type Cell, cellsOf, type Column, readable, type Result } from "./figures";
import { useWriting } from "./writing";
import "./report.css";

/** `say` writes texts where the report knows more of them than the locales. */
export function ReportTable({ result, say }: { result: Result; say?: (column: Column, value: Cell) => string }) {
  const { t } = useTranslation("reports");
  const { write } = useWriting();
  const columns = result.columns ?? [];
  const shown = readable(columns);
  const money = columns.findIndex((column) => column.name === "currency");
  const numeric = (type?: string) => !["text", "id"].includes(type ?? "");
  const line = (row: Cell[], total = false) => shown.map((column, at) => {
    const value = row[columns.indexOf(column)] ?? null;
    const said = total && at === 0 && !numeric(column.type) && !value ? t("total") : say && column.type === "text" && !total ? say(column, value) : write(column, value, money < 0 ? "" : String(row[money] ?? ""));
    return at === 0 ? <th key={column.name} scope="row" data-end={numeric(column.type) || undefined}>{said}</th> : <td key={column.name} data-end={numeric(column.type) || undefined}>{said}</td>;
  });
  return (
    // A region that scrolls must be reachable by keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="reports-table" role="region" aria-label={t("table_of", { name: result.title })} tabIndex={0}>
      <table>
        <caption className="crm-hidden">{result.title}</caption>
        <thead><tr>{shown.map((column) => <th key={column.name} scope="col" data-end={numeric(column.type) || undefined}>{column.label}</th>)}</tr></thead>
        <tbody>{(result.rows ?? []).map((row, at) => <tr key={at}>{line(cellsOf(row))}</tr>)}</tbody>
        {(result.totals ?? []).length > 0 ? <tfoot>{result.totals?.map((row, at) => <tr key={at}>{line(cellsOf(row), true)}</tr>)}</tfoot> : null}
      </table>
    </div>
  );
}
