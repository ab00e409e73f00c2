/**
 * Columns of cards moved by pointer, by keyboard (Space, arrows, Space), or by each card's "move to" menu:
 * `<Board name={…} columns={[{ id, title, total, sum, tone }]} cards={rows} columnOf={(row) => row.stage}
 *   onMove={(row, to) => …} title={(row) => row.name} href={(row) => …} renderCard={(row) => …} />`.
 * The card moves at once; `onMove` throws when refused and the card goes back; success offers undo for 8 seconds.
 */
import { closestCorners, DndContext, type DragEndEvent, DragOverlay, KeyboardCode, type KeyboardCoordinateGetter, KeyboardSensor, PointerSensor, useSensor, useSensors } from "@dnd-kit/core";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { usePrefs } from "@app/prefs";
import { count } from "../format";
import { toast } from "../toasts";
import type { Money } from "../values";
import { Card } from "./Card";
import { Column } from "./Column";
import "./board.css";

export interface BoardColumn {
  id: string;
  title: string;
  total?: number;
  sum?: Money;
  /** A word below the title, for example the probability of the stage. */
  hint?: ReactNode;
  more?: () => void;
}

interface Props {
  name: string;
  columns: BoardColumn[];
  cards: Row[];
  columnOf: (row: Row) => string;
  title: (row: Row) => string;
  href: (row: Row) => string;
  renderCard: (row: Row) => ReactNode;
  onMove: (row: Row, to: string) => Promise<Row>;
  /** Takes a move back without a question; `onMove` does it otherwise. */
  onUndo?: (row: Row, to: string) => Promise<Row>;
  movable?: (row: Row) => boolean;
}

const sideways: KeyboardCoordinateGetter = (event, { context, currentCoordinates }) => {
  const step = event.code === KeyboardCode.Right ? 1 : event.code === KeyboardCode.Left ? -1 : 0;
  if (step === 0) return undefined;
  event.preventDefault();
  const places = context.droppableContainers.getEnabled().flatMap((each) => (each.rect.current ? [each.rect.current] : [])).sort((a, b) => a.left - b.left);
  const at = places.findIndex((place) => currentCoordinates.x >= place.left - 8 && currentCoordinates.x < place.left + place.width - 8);
  const next = places[Math.max(0, Math.min(places.length - 1, at + step))];
  return next ? { x: next.left + 8, y: next.top + 48 } : undefined;
};

export function Board({ name, columns, cards, columnOf, title, href, renderCard, onMove, onUndo = onMove, movable = () => true }: Props) {
  const { t } = useTranslation("kit");
  const { language } = usePrefs();
  const [moved, setMoved] = useState<Record<string, string>>({});
  const [held, setHeld] = useState<Row>();
  const sensors = useSensors(useSensor(PointerSensor, { activationConstraint: { distance: 6 } }), useSensor(KeyboardSensor, { coordinateGetter: sideways, keyboardCodes: { start: ["Space"], cancel: ["Escape"], end: ["Space", "Enter"] } }));
  const place = (row: Row) => moved[row.id] ?? columnOf(row);
  const called = (id: unknown) => title(cards.find((row) => row.id === id) ?? { id: String(id) });
  const columnName = (id: unknown) => columns.find((column) => column.id === id)?.title ?? "";

  const move = async (row: Row, to: string) => {
    const from = place(row);
    if (from === to) return;
    setMoved((before) => ({ ...before, [row.id]: to }));
    try {
      const saved = await onMove(row, to);
      toast.undo(t("board.moved", { name: columnName(to) }), () => onUndo(saved, from));
    } catch (refusal) {
      toast.refused(refusal);
    }
    setMoved((before) => Object.fromEntries(Object.entries(before).filter(([id]) => id !== row.id)));
  };
  const end = (event: DragEndEvent) => {
    setHeld(undefined);
    const row = cards.find((each) => each.id === event.active.id);
    if (row && event.over) void move(row, String(event.over.id));
  };
  const announcements = {
    onDragStart: ({ active }: { active: { id: unknown } }) => t("board.picked", { card: called(active.id) }),
    onDragOver: ({ active, over }: { active: { id: unknown }; over: { id: unknown } | null }) => (over ? t("board.over", { card: called(active.id), column: columnName(over.id) }) : undefined),
    onDragEnd: ({ active, over }: { active: { id: unknown }; over: { id: unknown } | null }) => (over ? t("board.dropped", { card: called(active.id), column: columnName(over.id) }) : t("board.cancelled", { card: called(active.id) })),
    onDragCancel: ({ active }: { active: { id: unknown } }) => t("board.cancelled", { card: called(active.id) }),
  };
  return (
    <DndContext sensors={sensors} collisionDetection={closestCorners} accessibility={{ announcements, screenReaderInstructions: { draggable: t("board.instructions") } }} onDragStart={({ active }) => setHeld(cards.find((row) => row.id === active.id))} onDragEnd={end} onDragCancel={() => setHeld(undefined)}>
      <div className="crm-board" role="group" aria-label={t("board.label", { name })}>
        {columns.map((column) => {
          const own = cards.filter((row) => place(row) === column.id);
          const total = column.total ?? own.length;
          return (
            <Column key={column.id} column={column} label={t("board.column", { name: column.title, count: total })} count={count(language, total)}>
              {own.map((row) => (
                <Card key={row.id} row={row} title={title(row)} href={href(row)} movable={movable(row)} targets={columns.filter((each) => each.id !== column.id)} onMove={(to) => void move(row, to)}>
                  {renderCard(row)}
                </Card>
              ))}
            </Column>
          );
        })}
      </div>
      <DragOverlay dropAnimation={null}>{held ? <div className="crm-card crm-card-held"><p className="crm-card-title">{title(held)}</p>{renderCard(held)}</div> : null}</DragOverlay>
    </DndContext>
  );
}

