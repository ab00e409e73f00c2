/** How far the watched bulk changes are, among the toasts of whatever page is open; at the end a summary with the way back. */
import { CloseOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useEffect, useState } from "react";
import { createPortal } from "react-dom";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { type BulkChange, cancelBulkChange, isOpen, readBulkChange, undoBulkChange } from "@api/bulk";
import { toast } from "../toasts";
import { unwatch, useWatched, watch, type Watched } from "./watched";
import "./bulk.css";

const ASK_MS = 1000;
const SHOWN_MS = 8000;

export default function BulkProgress() {
  const list = useWatched();
  const place = document.querySelector(".crm-toasts");
  return place ? createPortal(list.map((one) => <BulkLine key={one.id} watched={one} />), place) : null;
}

function BulkLine({ watched }: { watched: Watched }) {
  const { t } = useTranslation("bulk_changes");
  const client = useQueryClient();
  const { service, id, schema } = watched;
  const found = useQuery({
    queryKey: ["ops.BulkChange", service, id],
    queryFn: ({ signal }) => readBulkChange(service, id, signal),
    refetchInterval: (query) => (query.state.data && !isOpen(query.state.data) ? false : ASK_MS),
    staleTime: 0,
  });
  const change = found.data;
  const ended = change !== undefined && !isOpen(change);
  const unknown = found.isError && change === undefined;
  const [held, hold] = useState(false);
  useEffect(() => {
    // Somebody else has signed in here, or it is over for a month.
    if (unknown) unwatch(id);
  }, [unknown, id]);
  useEffect(() => {
    if (ended) void client.invalidateQueries({ queryKey: [schema] });
  }, [ended, client, schema]);
  useEffect(() => {
    if (!ended || held) return undefined;
    const timer = setTimeout(() => unwatch(id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [ended, held, id]);
  if (!change) return null;
  const act = async (run: () => Promise<unknown>) => {
    try {
      await run();
    } catch (refusal) {
      toast.refused(refusal);
    }
  };
  const undo = async () => {
    const back = await undoBulkChange(service, id);
    watch({ service, id: back.id, schema });
    unwatch(id);
  };
  const details = `/app/settings/bulk-changes/${service}/${id}`;
  return (
    <div className="crm-toast crm-bulk-progress" onMouseEnter={() => hold(true)} onMouseLeave={() => hold(false)} onFocus={() => hold(true)} onBlur={() => hold(false)}>
      <div>
        {ended ? summary(change, t) : <Working change={change} />}
        {ended && (change.refused_count ?? 0) + (change.error ? 1 : 0) > 0 ? <Link to={details}>{t("progress.details")}</Link> : null}
      </div>
      {ended && change.undoable ? <Button type="link" size="small" onClick={() => void act(undo)}>{t("kit:undo")}</Button> : null}
      {ended ? <Button type="text" size="small" icon={<CloseOutlined />} aria-label={t("kit:dismiss")} onClick={() => unwatch(id)} /> : <Button type="link" size="small" onClick={() => void act(() => cancelBulkChange(service, id))}>{t("cancel")}</Button>}
    </div>
  );
}

function Working({ change }: { change: BulkChange }) {
  const { t } = useTranslation("bulk_changes");
  const done = (change.changed_count ?? 0) + (change.unchanged_count ?? 0) + (change.refused_count ?? 0);
  const total = change.record_count ?? 0;
  const text = change.state === "QUEUED" ? t("progress.queued") : total === 0 ? t("progress.begins") : t(change.undo_of_id ? "progress.undoing" : "progress.running", { done, total });
  return <>{text}<progress aria-label={t("progress.label")} value={total > 0 ? done : undefined} max={total || 1} /></>;
}

/** What came of it in one sentence. */
export function summary(change: BulkChange, t: (key: string, facts?: Record<string, unknown>) => string): string {
  const [changed, unchanged, refused] = [change.changed_count ?? 0, change.unchanged_count ?? 0, change.refused_count ?? 0];
  const parts = [t(change.undo_of_id ? "counts.undone" : "counts.changed", { count: changed })];
  if (unchanged > 0) parts.push(t("counts.unchanged", { count: unchanged }));
  if (refused > 0) parts.push(t("counts.refused", { count: refused }));
  const said = parts.join(t("counts.join"));
  return change.state === "CANCELLED" || change.state === "FAILED" ? t(`ended.${change.state}`, { said }) : said;
}
