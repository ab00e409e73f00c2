/** A value being changed in place: Enter saves, Esc leaves it, Tab saves and goes on. The inputs are loaded on first use. */
import { lazy } from "react";
import { Part } from "@app/Part";
import type { CellEditorProps } from "./CellForm";

const load = () => import("./CellForm");
const CellForm = lazy(load);

/** Fetches the inputs ahead: a row in focus may be edited next, and the first letter typed must not be lost. */
export const prepareEditor = (): void => void load();

export function CellEditor(props: CellEditorProps) {
  return (
    <Part>
      <CellForm {...props} />
    </Part>
  );
}
