/** What happened to records and rights: one service's trail, narrowed by action, record, person and time. The address is the state. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Button, Input, Select } from "antd";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { users } from "@api/resources";
import { call } from "@api/transport";
import { ActorName } from "@kit/ActorName";
import { quoted } from "@kit/list/aip160";
import { PageHeader } from "@kit/PageHeader";
import { PlainTable } from "@kit/PlainTable";
import { ReferencePicker } from "@kit/ReferencePicker";
import { Empty, Failed, Loading } from "@kit/states";
import { DateTime } from "@kit/values";
import { usePermissionNames } from "../permissions";
import { SERVICES } from "../services";
import { AuditDetails, type AuditEntry } from "./AuditDetails";
import "@kit/form.css";
import "@kit/record/record.css";
import "../settings.css";

const DateInput = lazy(() => import("@kit/DateInput"));
const ACTIONS = ["insert", "update", "delete", "read", "export", "denied", "sign_in", "sign_in_failed", "sign_out", "share", "erase", "break_glass", "report", "configure"];

export default function AuditPage() {
  const { t } = useTranslation("audit");
  const names = usePermissionNames();
  const [params, setParams] = useSearchParams();
  const [shown, show] = useState<AuditEntry>();
  const at = (key: string) => params.get(key) ?? "";
  const set = (key: string, value: string) =>
    setParams((before) => {
      const next = new URLSearchParams(before);
      if (value) next.set(key, value);
      else next.delete(key);
      return next;
    }, { replace: true });
  const service = at("service") || "leads";
  const [record, setRecord] = useState(at("record"));
  const filter = [
    at("action") ? `action = ${quoted(at("action"))}` : "",
    at("record") ? `record_id = ${quoted(at("record"))}` : "",
    at("actor") ? `actor = ${quoted(`user:${at("actor")}`)}` : "",
    at("from") ? `time >= ${quoted(at("from"))}` : "",
    at("to") ? `time < ${quoted(at("to"))}` : "",
  ].filter(Boolean).join(" AND ");
  const found = useInfiniteQuery({
    queryKey: ["ops.AuditEntry", service, filter],
    queryFn: ({ pageParam, signal }) => call<{ audit_entries?: AuditEntry[]; next_page_token?: string }>("GET", `/v1/services/${service}/audit-entries`, { query: { filter, page_size: 50, page_token: pageParam }, signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_page_token || undefined,
  });
  const entries = found.data?.pages.flatMap((page) => page.audit_entries ?? []) ?? [];
  const moment = (key: "from" | "to") => (
    <div>
      <label htmlFor={`audit-${key}`} className="crm-field-label">{t(key)}</label>
      <Suspense fallback={<Input disabled />}><DateInput id={`audit-${key}`} time value={at(key)} onChange={(value) => set(key, value)} /></Suspense>
    </div>
  );
  return (
    <>
      <PageHeader title={t("title")} />
      <div className="settings-bar" role="search">
        <div><label htmlFor="audit-service" className="crm-field-label">{t("service")}</label><Select id="audit-service" className="crm-wide" value={service} options={SERVICES.map((value) => ({ value, label: names.service(value.replaceAll("-", "_")) }))} onChange={(value) => set("service", value)} /></div>
        <div><label htmlFor="audit-action" className="crm-field-label">{t("action")}</label><Select id="audit-action" className="crm-wide" allowClear placeholder={t("all")} value={at("action") || undefined} options={ACTIONS.map((value) => ({ value, label: t(`actions.${value}`) }))} onChange={(value) => set("action", value ?? "")} /></div>
        <div className="settings-grow"><label htmlFor="audit-actor" className="crm-field-label">{t("actor")}</label><ReferencePicker id="audit-actor" resource={users} value={at("actor")} onChange={(value) => set("actor", value)} /></div>
        <form className="settings-grow" onSubmit={(event) => { event.preventDefault(); set("record", record.trim()); }}><label htmlFor="audit-record" className="crm-field-label">{t("record_id")}</label><Input id="audit-record" allowClear placeholder={t("record_hint")} value={record} onChange={(event) => setRecord(event.target.value)} onBlur={() => set("record", record.trim())} /></form>
        {moment("from")}
        {moment("to")}
      </div>
      {found.isPending ? <Loading rows={10} /> : found.isError ? <Failed error={found.error} retry={() => void found.refetch()} /> : entries.length === 0 ? <Empty title={t("empty")} text={t("empty_text")} /> : (
        <div className="crm-panel">
          <PlainTable caption={t("title")} rows={entries} rowKey={(entry) => entry.id} columns={[
            { key: "time", title: t("time"), render: (entry) => <DateTime value={entry.time} mode="exact" /> },
            { key: "actor", title: t("actor"), render: (entry) => <><ActorName actor={entry.actor} />{entry.on_behalf_of ? <small>{t("for")} <ActorName actor={entry.on_behalf_of.includes(":") ? entry.on_behalf_of : `user:${entry.on_behalf_of}`} /></small> : null}</> },
            { key: "action", title: t("action"), render: (entry) => t(`actions.${entry.action}`, { defaultValue: entry.action }) },
            { key: "record", title: t("record"), render: (entry) => <>{names.resource("", entry.record_type ?? "")}{entry.record_id ? <small>{entry.record_id}</small> : null}</> },
            { key: "more", title: t("details"), actions: true, render: (entry) => <Button size="small" onClick={() => show(entry)}>{t("details")}</Button> },
          ]} />
          {found.hasNextPage ? <Button block loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{t("kit:table.more")}</Button> : null}
        </div>
      )}
      {shown ? <AuditDetails entry={shown} onClose={() => show(undefined)} /> : null}
    </>
  );
}
