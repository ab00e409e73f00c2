/** Rows against the values of a column, every figure as the server wrote it; each currency in rows of its own. */
import { useTranslation } from "react-i18next";
import type { Cross } from "./ownFigures";
import { useWriting } from "./writing";

export function CrossTable({ title, cross: { measure, heads, rows } }: { title: string; cross: Cross }) {
  const { t } = useTranslation("reports");
  const { write } = useWriting();
  const money = rows.some((row) => row.currency);
  return (
    // A region that scrolls must be reachable by keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="reports-table" role="region" aria-label={t("table_of", { name: title })} tabIndex={0}>
      <table>
        <caption className="crm-hidden">{title}</caption>
        <thead>
          <tr>
            <th scope="col">{measure.label}</th>
            {money ? <th scope="col">{t("currency")}</th> : null}
            {heads.map((head) => <th key={head} scope="col" data-end>{head}</th>)}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.name} ${row.currency}`}>
              <th scope="row">{row.name}</th>
              {money ? <td>{row.currency}</td> : null}
              {row.values.map((value, at) => <td key={heads[at]} data-end>{write(measure, value, row.currency)}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
