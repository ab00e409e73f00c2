/** What can be done with all selected records at once: four at a time, with progress, and a word on what failed. */
import { CloseOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { useAccess } from "@app/access";
import { toast } from "../toasts";

export interface BulkAction {
  key: string;
  label: string;
  permission: string;
  /** Does it for one record; throws when refused. */
  run: (row: Row) => Promise<unknown>;
  /** Takes one back; offered as undo for all that succeeded. */
  undo?: (row: Row, result: unknown) => Promise<unknown>;
  enabled?: (row: Row) => boolean;
}

const AT_ONCE = 4;

interface Props {
  rows: Row[];
  actions: BulkAction[];
  onClear: () => void;
  onDone: () => void;
}

export function BulkBar({ rows, actions, onClear, onDone }: Props) {
  const { t } = useTranslation("kit");
  const { can } = useAccess();
  const [progress, setProgress] = useState<{ done: number; total: number }>();
  const start = async (action: BulkAction) => {
    const wanted = rows.filter((row) => action.enabled?.(row) ?? true);
    const results: { row: Row; result: unknown }[] = [];
    const failures: unknown[] = [];
    const queue = [...wanted];
    setProgress({ done: 0, total: wanted.length });
    const worker = async () => {
      for (let row = queue.shift(); row; row = queue.shift()) {
        try {
          results.push({ row, result: await action.run(row) });
        } catch (refusal) {
          failures.push(refusal);
        }
        setProgress({ done: results.length + failures.length, total: wanted.length });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    setProgress(undefined);
    onClear();
    onDone();
    const text = failures.length > 0 ? t("bulk.partly", { done: results.length, failed: failures.length }) : t("bulk.done", { done: results.length });
    const undo = action.undo;
    if (undo && results.length > 0) toast.undo(text, async () => { await Promise.all(results.map(({ row, result }) => undo(row, result))); onDone(); });
    else toast.done(text);
    if (failures.length > 0) toast.refused(failures[0]);
  };
  const permitted = actions.filter((action) => can(action.permission));
  return (
    <section className="crm-bulk" aria-label={t("bulk.label")}>
      <span role="status">{progress ? t("bulk.running", progress) : t("bulk.selected", { count: rows.length })}</span>
      {permitted.map((action) => (
        <Button key={action.key} size="small" disabled={Boolean(progress) || !rows.some((row) => action.enabled?.(row) ?? true)} onClick={() => void start(action)}>{action.label}</Button>
      ))}
      <Button size="small" type="text" icon={<CloseOutlined />} aria-label={t("bulk.clear")} onClick={onClear} />
    </section>
  );
}
