/**
 * A short table without filter or paging, lines become cards on a phone:
 * `<PlainTable caption={t("…")} rows={shares} rowKey={(share) => share.id} columns={[{ key: "who", title, render }]} />`.
 */
import type { ReactNode } from "react";
import "./plain.css";

export interface PlainColumn<T> {
  key: string;
  title: string;
  render: (row: T) => ReactNode;
  align?: "end";
  /** The column of buttons: its title is for screen readers. */
  actions?: boolean;
}

interface Props<T> {
  caption: string;
  columns: PlainColumn<T>[];
  rows: T[];
  rowKey: (row: T) => string;
}

export function PlainTable<T>({ caption, columns, rows, rowKey }: Props<T>) {
  return (
    <table className="crm-plain">
      <caption className="crm-hidden">{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.key} scope="col" data-align={column.align ?? (column.actions ? "end" : undefined)}>{column.actions ? <span className="crm-hidden">{column.title}</span> : column.title}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={rowKey(row)}>
            {columns.map((column) => (
              <td key={column.key} data-label={column.actions ? undefined : column.title} data-align={column.align} data-actions={column.actions || undefined}>{column.render(row)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
