/** One's bulk changes of the last 30 days over all services: how they stand, what came of them, the way back. */
import { useQueries, useQueryClient } from "@tanstack/react-query";
import { Alert, Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { type BulkChange, bulkPath, cancelBulkChange, isOpen, undoBulkChange } from "@api/bulk";
import { collected } from "@api/resources";
import { call } from "@api/transport";
import { useAccess } from "@app/access";
import { ActorName } from "@kit/ActorName";
import { summary } from "@kit/bulk/BulkProgress";
import { watch } from "@kit/bulk/watched";
import { PageHeader } from "@kit/PageHeader";
import { PlainTable } from "@kit/PlainTable";
import { Empty, Loading } from "@kit/states";
import { toast } from "@kit/toasts";
import { DateTime } from "@kit/values";
import { usePermissionNames } from "../permissions";
import { SERVICES } from "../services";
import { BulkChangeState, What } from "./what";
import "../settings.css";

const LATEST = 50;

export default function BulkChangesPage() {
  const { t } = useTranslation("bulk_changes");
  const { can, scope } = useAccess();
  const names = usePermissionNames();
  const client = useQueryClient();
  const everybodys = scope("ops.bulk_change.list") === "all";
  const found = useQueries({
    queries: SERVICES.map((service) => ({
      queryKey: ["ops.BulkChange", service, "list"],
      queryFn: ({ signal }: { signal: AbortSignal }) => call<{ bulk_changes?: BulkChange[] }>("GET", bulkPath(service), { query: { page_size: LATEST }, signal }),
      refetchInterval: (query: { state: { data?: { bulk_changes?: BulkChange[] } } }) => (query.state.data?.bulk_changes?.some(isOpen) ? 1000 : false as const),
      staleTime: 0,
    })),
  });
  const changes = found.flatMap((each) => each.data?.bulk_changes ?? []).sort((one, other) => (other.create_time ?? "").localeCompare(one.create_time ?? "")).slice(0, LATEST);
  const missing = SERVICES.filter((_, at) => found[at]?.isError).map((service) => names.service(service.replaceAll("-", "_")));
  const act = async (run: () => Promise<unknown>) => {
    try {
      await run();
      await client.invalidateQueries({ queryKey: ["ops.BulkChange"] });
    } catch (refusal) {
      toast.refused(refusal);
    }
  };
  const undo = async (change: BulkChange) => {
    const back = await undoBulkChange(change.service, change.id);
    watch({ service: change.service.replaceAll("_", "-"), id: back.id, schema: collected(change.service, change.resource)?.schema ?? "" });
  };
  return (
    <>
      <PageHeader title={t("title")} />
      {missing.length > 0 ? <Alert type="warning" title={t("unavailable", { services: missing.join(t("counts.join")) })} /> : null}
      {found.some((each) => each.isPending) ? <Loading rows={6} /> : changes.length === 0 ? <Empty title={t("empty")} text={t("empty_text")} /> : (
        <div className="crm-panel">
          <PlainTable caption={t("title")} rows={changes} rowKey={(change) => change.id} columns={[
            { key: "what", title: t("what"), render: (change) => <><Link to={`/app/settings/bulk-changes/${change.service.replaceAll("_", "-")}/${change.id}`}><What change={change} /></Link><small>{change.undo_of_id ? t("undo_of") : change.all_matching ? t("all_matching") : t("named", { count: change.record_count ?? 0 })}</small></> },
            { key: "when", title: t("when"), render: (change) => <><DateTime value={change.create_time} mode="relative" />{everybodys ? <small><ActorName actor={`user:${change.creator_id ?? ""}`} /></small> : null}</> },
            { key: "state", title: t("state"), render: (change) => <><BulkChangeState change={change} />{change.undone_by_id ? <small>{t("undone")}</small> : null}</> },
            { key: "outcome", title: t("outcome"), render: (change) => summary({ ...change, state: "DONE" }, t) },
            { key: "verbs", title: t("verbs"), actions: true, render: (change) => (
              <>
                {isOpen(change) && can("ops.bulk_change.cancel") ? <Button size="small" onClick={() => void act(() => cancelBulkChange(change.service, change.id))}>{t("cancel")}</Button> : null}
                {change.undoable && can("ops.bulk_change.undo") ? <Button size="small" onClick={() => void act(() => undo(change))}>{t("undo")}</Button> : null}
              </>
            ) },
          ]} />
        </div>
      )}
    </>
  );
}
