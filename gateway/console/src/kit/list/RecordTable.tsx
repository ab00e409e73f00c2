/**
 * The table of records. Usually used through `RecordList`; alone it takes rows and columns:
 * `<RecordTable resource={leads} namespace="leads" columns={columns} rows={rows} order={order} onOrder={…} />`.
 * Keys: J/K or arrows move, Enter opens, Space peeks, X selects, F2 or E edits the cell, Left/Right choose the cell.
 */
import { Checkbox } from "antd";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { Resource, Row } from "@api/records";
import { useAccess } from "@app/access";
import { useShortcut } from "@app/shortcuts";
import { useGuardedChange } from "../conflict";
import { isBlank, valueOf } from "../FieldValue";
import { useLabels } from "../labels";
import { toast } from "../toasts";
import { prepareEditor } from "./CellEditor";
import type { ShownColumn } from "./columns";
import { HeaderCell } from "./HeaderCell";
import { RowKey, type RowShortcut } from "./RowKey";
import { TableRow } from "./TableRow";
import "./table.css";

interface Props {
  resource: Resource;
  namespace: string;
  columns: ShownColumn[];
  rows: Row[];
  keys?: RowShortcut[];
  order: string;
  caption: string;
  selected: ReadonlySet<string>;
  peeked?: string;
  onOrder: (order: string) => void;
  onResize: (field: string, width: number) => void;
  onSelect: (ids: Set<string>) => void;
  onPeek?: (id: string) => void;
  onEnd: () => void;
  busy: boolean;
}

const VIRTUAL_FROM = 200;

export function RecordTable(props: Props) {
  const { resource, namespace, columns, rows, keys, order, caption, selected, peeked, onOrder, onResize, onSelect, onPeek, onEnd, busy } = props;
  const { t } = useTranslation("kit");
  const { can } = useAccess();
  const labels = useLabels(namespace);
  const navigate = useNavigate();
  const change = useGuardedChange(resource, namespace);
  const scroller = useRef<HTMLDivElement>(null);
  const [cursor, setCursor] = useState(-1);
  const at = useRef<string>(undefined);
  const [cell, setCell] = useState(-1);
  const [editing, setEditing] = useState<{ id: string; field: string }>();
  const editable = columns.filter((column) => column.edit && can(`${resource.permission}.update`));
  const virtual = rows.length > VIRTUAL_FROM;
  const virtualizer = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => 36, overscan: 12, enabled: virtual });
  const items = virtual ? virtualizer.getVirtualItems() : null;
  const shown = items ? items.map((item) => item.index) : rows.map((_, index) => index);
  const above = items?.[0]?.start ?? 0;
  const below = items && items.length > 0 ? virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0) : 0;

  useEffect(() => {
    const area = scroller.current;
    if (!area) return undefined;
    const check = () => area.scrollHeight - area.scrollTop - area.clientHeight < 480 && onEnd();
    check();
    area.addEventListener("scroll", check, { passive: true });
    return () => area.removeEventListener("scroll", check);
  }, [onEnd, rows.length]);

  useEffect(() => {
    // Others add and remove rows: the cursor stays on its record, wherever that stands now.
    const now = rows.findIndex((row) => row.id === at.current);
    if (now >= 0) setCursor(now);
  }, [rows]);
  const place = (index: number) => {
    at.current = rows[index]?.id;
    setCursor(index);
  };
  const focusRow = (index: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, index));
    place(next);
    if (virtual) virtualizer.scrollToIndex(next);
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`tr[data-index="${next}"]`)?.focus());
    if (peeked && rows[next]) onPeek?.(rows[next].id);
  };
  const current = rows[cursor];
  const toggle = (id: string) => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    onSelect(next);
  };
  const edit = () => current && editable.length > 0 && setEditing({ id: current.id, field: (editable[cell] ?? editable[0])?.field ?? "" });
  const all = rows.length > 0 && rows.every((row) => selected.has(row.id));
  const toggleAll = () => onSelect(all ? new Set() : new Set(rows.map((row) => row.id)));
  useShortcut("j", () => focusRow(cursor + 1), "next");
  useShortcut("k", () => focusRow(cursor - 1), "previous");
  useShortcut("arrowdown", () => focusRow(cursor + 1), "", cursor >= 0);
  useShortcut("arrowup", () => focusRow(cursor - 1), "", cursor >= 0);
  useShortcut("x", () => current && toggle(current.id), "select");
  useShortcut("shift+x", toggleAll, "select_all", rows.length > 0);
  useShortcut("space", () => current && onPeek?.(current.id), "peek", Boolean(onPeek) && cursor >= 0);
  useShortcut("enter", () => current && navigate(resource.page(current.id)), "open", cursor >= 0);
  useShortcut("f2", edit, "cell", cursor >= 0);
  useShortcut("e", edit, "", cursor >= 0);
  useShortcut("arrowright", () => setCell(Math.min(cell + 1, editable.length - 1)), "", cursor >= 0);
  useShortcut("arrowleft", () => setCell(Math.max(cell - 1, 0)), "", cursor >= 0);

  const save = async (row: Row, field: string, value: unknown, next: 0 | 1 | -1) => {
    const at = editable.findIndex((column) => column.field === field) + next;
    const target = next === 0 ? undefined : editable[at];
    setEditing(target ? { id: row.id, field: target.field } : undefined);
    if (!target) requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`tr[data-index="${cursor}"]`)?.focus());
    const before = valueOf(row, field);
    if (value === before || (isBlank(value) && isBlank(before))) return;
    try {
      const saved = await change(row, patch(field, value));
      if (saved) toast.undo(t("table.saved", { name: labels.label(field) }), () => change(saved, patch(field, before ?? "")));
    } catch (refusal) {
      toast.refused(refusal);
    }
  };
  return (
    <div className="crm-table-area" ref={scroller} data-busy={busy || undefined}>
      {keys?.map((each) => <RowKey key={each.keys} of={each} row={current} next={() => focusRow(cursor + 1)} />)}
      <table className="crm-table" aria-rowcount={-1}>
        <caption className="crm-hidden">{caption}</caption>
        <thead>
          <tr>
            <th scope="col" className="crm-check">
              <Checkbox aria-label={t("table.select_all")} checked={all} indeterminate={!all && selected.size > 0} onChange={toggleAll} />
            </th>
            {columns.map((column) => (
              <HeaderCell key={column.field} column={column} labels={labels} order={order} onOrder={onOrder} onResize={(width) => onResize(column.field, width)} />
            ))}
          </tr>
        </thead>
        <tbody>
          {above > 0 ? <tr aria-hidden="true"><td colSpan={columns.length + 1} style={{ height: above, padding: 0 }} /></tr> : null}
          {shown.map((index) => {
            const row = rows[index];
            return row ? (
              <TableRow key={row.id} row={row} index={index} resource={resource} columns={columns} labels={labels} selected={selected.has(row.id)} peeked={peeked === row.id} active={cursor === index || (cursor < 0 && index === 0)}
                cell={cursor === index ? editable[cell]?.field : undefined} editing={editing?.id === row.id ? editing.field : undefined} canEdit={editable.length > 0}
                onFocus={() => { place(index); if (editable.length > 0) prepareEditor(); }} onToggle={() => toggle(row.id)} onPeek={onPeek} onEdit={(field) => setEditing({ id: row.id, field })} onSave={(field, value, next) => void save(row, field, value, next)} onCancel={() => { setEditing(undefined); focusRow(index); }} />
            ) : null;
          })}
          {below > 0 ? <tr aria-hidden="true"><td colSpan={columns.length + 1} style={{ height: below, padding: 0 }} /></tr> : null}
        </tbody>
      </table>
    </div>
  );
}

function patch(field: string, value: unknown): Partial<Row> {
  return field.startsWith("custom_fields.") ? { custom_fields: { [field.slice("custom_fields.".length)]: value } } : { [field]: value };
}
