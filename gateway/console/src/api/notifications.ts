/** What the reader was told of: `useNotifications({ unread: true })`, `useReading()` marks one or all. */
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import type { components } from "./generated/schema";
import { call } from "./transport";

export type Notification = components["schemas"]["identity.Notification"];

interface Answer {
  notifications?: Notification[];
  next_page_token?: string;
  unread_count?: number;
}

export const NOTIFICATIONS = "identity.Notification";
/** So many unread are counted and no more. */
export const UNREAD_SHOWN = 100;
/** Where notifications are kept, and so what their kinds are called in `notifications.json`. */
export const KINDS = ["lead_assigned", "lead_offered", "conflict_opened", "conflict_decided", "ticket_assigned", "ticket_answered", "sla_breached", "knowledge_stale", "payment_overdue", "records_received", "task_assigned", "task_due", "events_dead", "events_late", "operation_stuck", "backup_old"] as const;

export function useNotifications(query: { unread?: boolean; filter?: string; page_size?: number }) {
  return useInfiniteQuery({
    queryKey: [NOTIFICATIONS, "told", query],
    queryFn: ({ pageParam, signal }) => call<Answer>("GET", "/v1/notifications", { query: { ...query, unread: query.unread || undefined, page_token: pageParam }, signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_page_token || undefined,
    retry: false,
  });
}

/** `read.mutate({ id, read: false })`; `readAll.mutate(newest.create_time)`. */
export function useReading() {
  const client = useQueryClient();
  const onSettled = () => client.invalidateQueries({ queryKey: [NOTIFICATIONS] });
  const read = useMutation({
    mutationFn: ({ id, read: isRead }: { id: string; read: boolean }) => call<Notification>("POST", `/v1/notifications/${id}:${isRead ? "read" : "unread"}`, { body: {} }),
    onSettled,
  });
  const readAll = useMutation({
    mutationFn: (until?: string) => call<{ read_count?: number }>("POST", "/v1/notifications:readAll", { body: until ? { until_time: until } : {} }),
    onSettled,
  });
  return { read, readAll };
}
