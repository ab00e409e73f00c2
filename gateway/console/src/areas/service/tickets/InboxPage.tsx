/** Requests in three panes: the queue by what is due, the conversation, the customer. The chosen ticket stands in the address. */
import { ReloadOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { Button, Segmented } from "antd";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { useRecords } from "@api/records";
import { tickets } from "@api/resources";
import { useAccess } from "@app/access";
import { useShortcut } from "@app/shortcuts";
import { PageHeader } from "@kit/PageHeader";
import { Empty, Failed, Loading } from "@kit/states";
import { useNarrow } from "@kit/useNarrow";
import { InboxTicket } from "./InboxTicket";
import { Queue } from "./Queue";
import "@kit/record/record.css";
import "./tickets.css";

const REFRESH_MS = 30_000;

export default function InboxPage() {
  const { t } = useTranslation("tickets");
  const { id: own, can } = useAccess();
  const narrow = useNarrow();
  const client = useQueryClient();
  const [params, setParams] = useSearchParams();
  const queues: Record<string, string> = {
    mine: `owner_id = "${own}" AND state = (NEW OR OPEN)`,
    unassigned: "state = NEW",
    waiting: `owner_id = "${own}" AND state = (PENDING_CUSTOMER OR PENDING_THIRD_PARTY OR ON_HOLD)`,
    all: "state = (NEW OR OPEN)",
  };
  const queue = params.get("queue") ?? "mine";
  const list = useRecords(tickets, { filter: queues[queue] ?? queues.mine, order_by: "resolution_due_time", page_size: 50, count: "COUNT_MODE_CAPPED" });
  const rows = list.data?.pages.flatMap((page) => page.rows) ?? [];
  const chosen = params.get("ticket") ?? (narrow ? "" : (rows[0]?.id ?? ""));
  const choose = (id: string, replace = true) => setParams((before) => { before.set("ticket", id); return before; }, { replace });
  const step = (by: number) => {
    const at = rows.findIndex((row) => row.id === chosen);
    const next = rows[Math.max(0, Math.min(rows.length - 1, at + by))];
    if (next) choose(next.id);
  };
  useShortcut("j", () => step(1), "next");
  useShortcut("k", () => step(-1), "previous");
  useShortcut("escape", () => setParams({ queue }, { replace: true }), "back", narrow && Boolean(chosen));
  useEffect(() => {
    const timer = setInterval(() => void client.invalidateQueries({ queryKey: [tickets.schema, "list"] }), REFRESH_MS);
    return () => clearInterval(timer);
  }, [client]);
  const total = list.data?.pages[0]?.total ?? 0;
  return (
    <div className="ticket-inbox">
      <PageHeader title={t("inbox.title")} aside={<span className="crm-count" role="status">{list.isSuccess ? t("inbox.count", { count: total }) : ""}</span>} actions={
        <>
          <Segmented aria-label={t("inbox.queue")} value={queue} onChange={(next) => setParams({ queue: next }, { replace: true })} options={Object.keys(queues).map((value) => ({ value, label: t(`inbox.${value}`) }))} />
          <Button icon={<ReloadOutlined spin={list.isFetching && !list.isPending} />} aria-label={t("inbox.reload")} title={t("inbox.reload")} onClick={() => void client.invalidateQueries({ queryKey: [tickets.schema] })} />
        </>
      } />
      <div className="ticket-panes" data-chosen={params.get("ticket") ? "" : undefined}>
        <nav className="crm-panel ticket-queue" aria-label={t("inbox.queue")}>
          {list.isPending ? <Loading rows={8} /> : list.isError ? <Failed error={list.error} retry={() => void list.refetch()} /> : rows.length === 0 ? <Empty title={t("inbox.empty")} text={t("inbox.empty_text")} action={queue === "mine" && can("service_desk.ticket.assign") ? <Button onClick={() => setParams({ queue: "unassigned" })}>{t("inbox.unassigned")}</Button> : null} /> : <Queue rows={rows} chosen={chosen} queue={queue} />}
          {list.hasNextPage ? <Button type="text" block loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>{t("inbox.more")}</Button> : null}
        </nav>
        {chosen ? <InboxTicket key={chosen} id={chosen} onBack={narrow ? () => setParams({ queue }) : undefined} /> : null}
      </div>
    </div>
  );
}
