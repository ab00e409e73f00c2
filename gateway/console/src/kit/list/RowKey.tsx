/** A key of the page's own for the record under the cursor; the cursor goes on to the next record. */
import type { Row } from "@api/records";
import { useShortcut } from "@app/shortcuts";

export interface RowShortcut {
  keys: string;
  /** Key of `shortcuts` in `app.json`. */
  label: string;
  enabled: (row: Row) => boolean;
  run: (row: Row) => void;
}

export function RowKey({ of: { keys, label, enabled, run }, row, next }: { of: RowShortcut; row: Row | undefined; next: () => void }) {
  const act = () => {
    if (!row || !enabled(row)) return;
    run(row);
    next();
  };
  useShortcut(keys, act, label, Boolean(row));
  return null;
}
