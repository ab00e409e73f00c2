/** A card: dragged by its body, opened by its title, moved without dragging by its menu (WCAG 2.5.7). */
import { SwapOutlined } from "@ant-design/icons";
import { useDraggable } from "@dnd-kit/core";
import { Button, Dropdown } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Row } from "@api/records";
import type { BoardColumn } from "./Board";

interface Props {
  row: Row;
  title: string;
  href: string;
  movable: boolean;
  targets: BoardColumn[];
  onMove: (to: string) => void;
  children: ReactNode;
}

export function Card({ row, title, href, movable, targets, onMove, children }: Props) {
  const { t } = useTranslation("kit");
  const { attributes, listeners, setNodeRef, setActivatorNodeRef, isDragging } = useDraggable({ id: row.id, disabled: !movable });
  return (
    // Pointer drag starts anywhere on the card; the keyboard uses the grip, which is a real button.
    <div ref={setNodeRef} className="crm-card" data-dragging={isDragging || undefined} data-movable={movable || undefined} onPointerDown={listeners?.onPointerDown as React.PointerEventHandler}>
      <p className="crm-card-title">
        <Link to={href} draggable={false}>{title}</Link>
      </p>
      {children}
      {movable ? (
        <span className="crm-card-tools">
          <button type="button" ref={setActivatorNodeRef} className="crm-grip" aria-label={title} aria-describedby={attributes["aria-describedby"]} onKeyDown={listeners?.onKeyDown as React.KeyboardEventHandler}>
            <span aria-hidden="true">⠿</span>
          </button>
          <Dropdown trigger={["click"]} menu={{ items: targets.map((column) => ({ key: column.id, label: column.title, onClick: () => onMove(column.id) })) }}>
            <Button type="text" size="small" icon={<SwapOutlined />} aria-label={`${t("board.move")} ${title}`} title={t("board.move")} onPointerDown={(event) => event.stopPropagation()} />
          </Dropdown>
        </span>
      ) : null}
    </div>
  );
}
