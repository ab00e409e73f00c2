/** One row of the table; drawn anew only when something of its own changed. */
import { EyeOutlined } from "@ant-design/icons";
import { Checkbox } from "antd";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Resource, Row } from "@api/records";
import { FieldValue, valueOf } from "../FieldValue";
import type { Labels } from "../labels";
import { CellEditor } from "./CellEditor";
import type { ShownColumn } from "./columns";

interface Props {
  row: Row;
  index: number;
  resource: Resource;
  columns: ShownColumn[];
  labels: Labels;
  selected: boolean;
  peeked: boolean;
  active: boolean;
  cell?: string;
  editing?: string;
  canEdit: boolean;
  onFocus: () => void;
  onToggle: () => void;
  onPeek?: (id: string) => void;
  onEdit: (field: string) => void;
  onSave: (field: string, value: unknown, next: 0 | 1 | -1) => void;
  onCancel: () => void;
}

export const TableRow = memo(Drawn, (before, after) =>
  (["row", "columns", "labels", "selected", "peeked", "active", "cell", "editing", "canEdit", "index"] as const).every((name) => before[name] === after[name]),
);

function Drawn({ row, index, resource, columns, labels, selected, peeked, active, cell, editing, canEdit, onFocus, onToggle, onPeek, onEdit, onSave, onCancel }: Props) {
  const { t } = useTranslation("kit");
  const title = resource.title(row);
  return (
    <tr data-index={index} data-peeked={peeked || undefined} data-selected={selected || undefined} tabIndex={active ? 0 : -1} onFocus={(event) => event.target === event.currentTarget && onFocus()} onClick={onFocus}>
      <td className="crm-check">
        <Checkbox aria-label={t("table.select_row", { name: title })} checked={selected} onChange={onToggle} />
      </td>
      {columns.map((column) => {
        const canChange = column.edit && canEdit;
        return (
          <td key={column.field} data-align={column.align} data-cell={cell === column.field || undefined} data-editable={canChange || undefined} title={canChange ? t("table.edit_hint") : undefined} onDoubleClick={canChange ? () => onEdit(column.field) : undefined}>
            {editing === column.field ? (
              <CellEditor field={column.meta} labels={labels} value={valueOf(row, column.field)} onSave={(value, next) => onSave(column.field, value, next)} onCancel={onCancel} />
            ) : column.primary ? (
              <span className="crm-primary">
                <Link to={resource.page(row.id)}>{column.render ? column.render(row) : title}</Link>
                {onPeek ? (
                  <button type="button" tabIndex={-1} aria-label={`${t("table.peek")} ${title}`} title={t("table.peek")} onClick={() => onPeek(row.id)}>
                    <EyeOutlined />
                  </button>
                ) : null}
              </span>
            ) : column.render ? (
              column.render(row)
            ) : (
              <FieldValue field={column.meta} record={row} labels={labels} />
            )}
          </td>
        );
      })}
    </tr>
  );
}
