/** A column's head: orders by it, and can be dragged (or moved by arrow keys) to another width. */
import { CaretDownOutlined, CaretUpOutlined } from "@ant-design/icons";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Labels } from "../labels";
import type { ShownColumn } from "./columns";

interface Props {
  column: ShownColumn;
  labels: Labels;
  order: string;
  onOrder: (order: string) => void;
  onResize: (width: number) => void;
}

export function HeaderCell({ column, labels, order, onOrder, onResize }: Props) {
  const { t } = useTranslation("kit");
  const cell = useRef<HTMLTableCellElement>(null);
  const [field, direction] = order.split(",")[0]?.trim().split(/\s+/) ?? [];
  const sorted = field === column.field ? (direction === "desc" ? "descending" : "ascending") : undefined;
  const next = sorted === "ascending" ? `${column.field} desc` : sorted === "descending" ? "" : column.field;
  const label = labels.label(column.meta);
  const drag = (start: React.PointerEvent) => {
    start.preventDefault();
    const handle = start.currentTarget as HTMLElement;
    handle.setPointerCapture(start.pointerId);
    const widthAtStart = cell.current?.offsetWidth ?? column.width;
    const widthAt = (event: PointerEvent) => widthAtStart + event.clientX - start.clientX;
    const move = (event: PointerEvent) => cell.current?.style.setProperty("width", `${Math.max(60, widthAt(event))}px`);
    const end = (event: PointerEvent) => {
      handle.removeEventListener("pointermove", move);
      onResize(widthAt(event));
    };
    handle.addEventListener("pointermove", move);
    handle.addEventListener("pointerup", end, { once: true });
  };
  return (
    <th ref={cell} scope="col" aria-sort={column.sort ? (sorted ?? "none") : undefined} data-align={column.align} style={{ width: column.width }}>
      {column.sort ? (
        <button type="button" className="crm-sort" title={t("table.sort", { column: label })} onClick={() => onOrder(next)}>
          <span>{label}</span>
          {sorted === "ascending" ? <CaretUpOutlined /> : sorted === "descending" ? <CaretDownOutlined /> : null}
        </button>
      ) : (
        <span className="crm-head">{label}</span>
      )}
      {/* A focusable separator is the pattern WAI-ARIA names for this; arrows move it. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <span role="separator" aria-orientation="vertical" aria-label={t("table.resize", { column: label })} aria-valuenow={column.width} aria-valuemin={60} aria-valuemax={800}
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0} className="crm-resize" onPointerDown={drag}
        onKeyDown={(event) => { if (event.key === "ArrowLeft") onResize(column.width - 16); else if (event.key === "ArrowRight") onResize(column.width + 16); }} />
    </th>
  );
}
