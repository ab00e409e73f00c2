/** Columns of a table: what the page declares, what the person chose, and the widths they dragged. */
import { type ReactNode, useMemo } from "react";
import type { Field } from "@api/metadata";
import type { Row } from "@api/records";
import { recall, rememberPref, usePrefs } from "@app/prefs";

export interface Column {
  field: string;
  width?: number;
  align?: "end";
  /** How the value looks; by its kind when absent. */
  render?: (row: Row) => ReactNode;
  /** Whether the cell can be changed in place. */
  edit?: boolean;
  /** Whether the server can order by it; fields that are not lists or structures can. */
  sort?: boolean;
  /** Stands first, links to the record, and heads the card on a phone. */
  primary?: boolean;
}

export interface ShownColumn extends Column {
  meta: Field;
  width: number;
}

interface Choice {
  fields?: string[];
  widths?: Record<string, number>;
}

const WIDTH: Partial<Record<Field["kind"], number>> = { time: 120, date: 110, integer: 90, number: 100, boolean: 80, money: 130, reference: 170, enum: 120, code: 120, long: 260 };
const UNSORTABLE = new Set(["texts", "other", "money"]);

export function useColumns(name: string, declared: Column[], fields: Field[], fromView?: string[]) {
  const prefs = usePrefs();
  const choice = recall<Choice>(`columns.${name}`, {});
  const shown = useMemo(() => {
    const wanted = choice.fields ?? fromView ?? declared.map((column) => column.field);
    return wanted.flatMap((field): ShownColumn[] => {
      const meta = fields.find((each) => each.name === field);
      const column = declared.find((each) => each.field === field) ?? { field };
      if (!meta) return [];
      return [
        {
          sort: !UNSORTABLE.has(meta.kind),
          align: meta.kind === "integer" || meta.kind === "number" || meta.kind === "money" ? "end" : undefined,
          ...column,
          meta,
          width: choice.widths?.[field] ?? column.width ?? WIDTH[meta.kind] ?? 160,
        },
      ];
    });
  }, [declared, fields, fromView, prefs]); // eslint-disable-line react-hooks/exhaustive-deps
  return {
    shown,
    choose: (chosen: string[]) => rememberPref(`columns.${name}`, { ...choice, fields: chosen }),
    reset: () => rememberPref(`columns.${name}`, undefined),
    resize: (field: string, width: number) =>
      rememberPref(`columns.${name}`, { ...choice, widths: { ...choice.widths, [field]: Math.max(60, Math.round(width)) } }),
  };
}
