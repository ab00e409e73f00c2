/** What became of each record of one bulk change, and why some were refused. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Button, Segmented } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useParams, useSearchParams } from "react-router";
import { type BulkChangeResult, bulkPath, isOpen, readBulkChange } from "@api/bulk";
import { collected } from "@api/resources";
import { call } from "@api/transport";
import { summary } from "@kit/bulk/BulkProgress";
import { PageHeader } from "@kit/PageHeader";
import { PlainTable } from "@kit/PlainTable";
import { Failed, Loading } from "@kit/states";
import { DateTime, StateTag } from "@kit/values";
import { BulkChangeState, What } from "./what";
import "../settings.css";

const STATES = ["REFUSED", "CHANGED", "UNCHANGED", "WAITING"] as const;
const TONES = { WAITING: "idle", CHANGED: "good", UNCHANGED: "done", REFUSED: "bad" } as const;

export default function BulkChangePage() {
  const { t } = useTranslation("bulk_changes");
  const { service = "", id = "" } = useParams();
  const [params, setParams] = useSearchParams();
  const only = params.get("state") ?? "";
  const change = useQuery({
    queryKey: ["ops.BulkChange", service, id],
    queryFn: ({ signal }) => readBulkChange(service, id, signal),
    refetchInterval: (query) => (query.state.data && isOpen(query.state.data) ? 1000 : false),
  });
  const stands = change.data;
  const found = useInfiniteQuery({
    queryKey: ["ops.BulkChange", service, id, "results", only, stands?.state],
    queryFn: ({ pageParam, signal }) => call<{ results?: BulkChangeResult[]; next_page_token?: string }>("GET", `${bulkPath(service, id)}/results`, { query: { state: only, page_size: 100, page_token: pageParam }, signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_page_token || undefined,
  });
  if (change.isPending) return <Loading rows={6} />;
  if (!stands) return <Failed error={change.error} retry={() => void change.refetch()} />;
  const resource = collected(service, stands.resource);
  const results = found.data?.pages.flatMap((page) => page.results ?? []) ?? [];
  const tabs = [{ value: "", label: t("result.all") }, ...STATES.map((value) => ({ value: value as string, label: t(`result.states.${value}`) }))];
  return (
    <>
      <PageHeader title={t("result.title")} aside={<BulkChangeState change={stands} />} actions={<Link to="/app/settings/bulk-changes"><Button tabIndex={-1}>{t("back")}</Button></Link>} />
      <p><What change={stands} /> · <DateTime value={stands.create_time} mode="relative" /><br />{summary({ ...stands, state: "DONE" }, t)}{stands.undoable ? <> · {t("undo_until")} <DateTime value={stands.undo_expire_time} mode="exact" /></> : null}</p>
      <Segmented className="settings-section" aria-label={t("result.state")} options={tabs} value={only} onChange={(state) => setParams(state ? { state } : {}, { replace: true })} />
      {found.isPending ? <Loading rows={6} /> : found.isError ? <Failed error={found.error} retry={() => void found.refetch()} /> : results.length === 0 ? <p className="crm-muted">{t("result.none")}</p> : (
        <div className="crm-panel">
          <PlainTable caption={t("result.title")} rows={results} rowKey={(one) => one.record_id} columns={[
            { key: "record", title: t("result.record"), render: (one) => one.name && resource ? <Link to={resource.page(one.record_id)}>{one.name}</Link> : one.name || <>{t("result.hidden")}<small>{one.record_id}</small></> },
            { key: "state", title: t("result.state"), render: (one) => <StateTag tone={TONES[one.state]}>{t(`result.states.${one.state}`)}</StateTag> },
            { key: "reason", title: t("result.reason"), render: (one) => one.message },
          ]} />
          {found.hasNextPage ? <Button block loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{t("kit:table.more")}</Button> : null}
        </div>
      )}
    </>
  );
}
