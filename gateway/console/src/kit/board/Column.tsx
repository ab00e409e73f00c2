/** One column of a board: its name, how many, how much, and its cards. */
import { useDroppable } from "@dnd-kit/core";
import { Button } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Amount } from "../values";
import type { BoardColumn } from "./Board";

export function Column({ column, label, count, children }: { column: BoardColumn; label: string; count: string; children: ReactNode[] }) {
  const { t } = useTranslation("kit");
  const { setNodeRef, isOver } = useDroppable({ id: column.id });
  return (
    <section ref={setNodeRef} className="crm-column" aria-label={label} data-over={isOver || undefined}>
      <header>
        <h2>
          {column.title} <span className="crm-column-count">{count}</span>
        </h2>
        <p>
          {column.sum?.amount ? <Amount value={column.sum} short /> : null}
          {column.hint ? <span>{column.hint}</span> : null}
        </p>
      </header>
      {/* A region that scrolls must be reachable by keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className="crm-column-cards" tabIndex={0} role="group" aria-label={column.title}>
        {children.length === 0 ? <p className="crm-column-empty">{t("board.empty")}</p> : children}
        {column.more ? <Button type="text" size="small" onClick={column.more}>{t("board.more")}</Button> : null}
      </div>
    </section>
  );
}
