/** The list on a phone: one card per record with its most important fields. */
import { Link } from "react-router";
import type { Resource, Row } from "@api/records";
import { FieldValue, isBlank, valueOf } from "../FieldValue";
import type { Labels } from "../labels";
import type { ShownColumn } from "./columns";

const SHOWN = 5;

export function RecordCards({ resource, rows, columns, labels, caption }: { resource: Resource; rows: Row[]; columns: ShownColumn[]; labels: Labels; caption: string }) {
  const first = columns.find((column) => column.primary);
  const others = columns.filter((column) => column !== first).slice(0, SHOWN);
  return (
    <ul className="crm-cards" aria-label={caption}>
      {rows.map((row) => (
        <li key={row.id}>
          <Link to={resource.page(row.id)}>{first?.render ? first.render(row) : resource.title(row)}</Link>
          <dl>
            {others.filter((column) => !isBlank(valueOf(row, column.field))).map((column) => (
              <div key={column.field}>
                <dt>{labels.label(column.meta)}</dt>
                <dd>{column.render ? column.render(row) : <FieldValue field={column.meta} record={row} labels={labels} />}</dd>
              </div>
            ))}
          </dl>
        </li>
      ))}
    </ul>
  );
}
