/** What happened with a customer in all services, newest first, with what comes next of each follow-up. */
import { CustomerServiceOutlined, FileTextOutlined, FlagOutlined, FundOutlined, MailOutlined, MessageOutlined, PhoneOutlined, TeamOutlined } from "@ant-design/icons";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { answer, api } from "@api/client";
import type { Row } from "@api/records";
import { referenced } from "@api/resources";
import { useAccess } from "@app/access";
import { type Entry, Timeline } from "@kit/record/Timeline";
import { DateTime } from "@kit/values";

const ICONS: Record<string, ReactNode> = { call: <PhoneOutlined />, email: <MailOutlined />, sms: <MessageOutlined />, visit: <TeamOutlined />, chat: <MessageOutlined />, social: <MessageOutlined />, meeting: <TeamOutlined />, reply: <MailOutlined />, message: <MessageOutlined />, other: <MessageOutlined /> };
const SERVICES: Record<string, ReactNode> = { leads: <FlagOutlined />, sales: <FundOutlined />, service_desk: <CustomerServiceOutlined />, customers: <FileTextOutlined /> };

export const timelineKey = (id: string) => ["customers.TimelineEntry", id];

export function useFollowUps(id: string) {
  const { can } = useAccess();
  return useQuery({
    queryKey: [...timelineKey(id), "follow-ups"],
    queryFn: () => answer(api.GET("/v1/customers/{customer_id}/follow-ups", { params: { path: { customer_id: id }, query: { page_size: 100 } } })),
    enabled: can("customers.follow_up.list"),
  });
}

export function CustomerTimeline({ customer, action }: { customer: Row; action?: ReactNode }) {
  const { t } = useTranslation("customers");
  const { can } = useAccess();
  const followUps = useFollowUps(customer.id);
  const found = useInfiniteQuery({
    queryKey: [...timelineKey(customer.id), "entries"],
    queryFn: ({ pageParam }) => answer(api.GET("/v1/customers/{customer_id}/timeline", { params: { path: { customer_id: customer.id }, query: { page_size: 50, page_token: pageParam } } })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_page_token || undefined,
    enabled: can("customers.timeline.list"),
  });
  if (!can("customers.timeline.list")) return <Timeline entries={[]} kinds={{}} action={action} />;
  const entries = found.data?.pages.flatMap((page) => page.entries ?? []).map((each): Entry => {
    const service = (each.source_event_type ?? "").split(".")[1] ?? "";
    const moment = (each.kind ?? "") in ICONS;
    const next = followUps.data?.follow_ups?.find((one) => one.id === each.subject_id || one.id === each.id);
    const [kind, actor] = (each.actor ?? "").split(":");
    return {
      id: each.id ?? "",
      time: each.occur_time ?? "",
      kind: moment ? "moments" : service,
      title: <Subject type={each.subject_type} id={each.subject_id}>{each.summary}</Subject>,
      body: next?.next_step || next?.next_time ? <>{t("next_step")} {next.next_step} {next.next_time ? <DateTime value={next.next_time} overdue /> : null}</> : undefined,
      actor: kind === "user" ? actor : undefined,
      icon: ICONS[each.kind ?? ""] ?? SERVICES[service],
    };
  });
  return (
    <>
      <Timeline
        entries={entries}
        error={found.error}
        retry={() => void found.refetch()}
        action={action}
        kinds={{ moments: t("timeline.moments"), leads: t("timeline.leads"), sales: t("timeline.sales"), service_desk: t("timeline.service"), marketing: t("timeline.marketing"), customers: t("timeline.customer") }}
      />
      {found.hasNextPage ? <Button block loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{t("timeline.older")}</Button> : null}
    </>
  );
}

/** The line, linked to the record it is about where that has a page. */
function Subject({ type = "", id = "", children }: { type?: string; id?: string; children: ReactNode }) {
  const resource = type === "customer" ? undefined : referenced(`${type}_id`);
  const { can } = useAccess();
  return resource && id && can(`${resource.permission}.get`) ? <Link to={resource.page(id)} className="crm-quiet">{children}</Link> : <>{children}</>;
}
