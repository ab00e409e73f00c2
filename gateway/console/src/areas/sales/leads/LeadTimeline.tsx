/** What happened to a lead: touches by people, interest expressed, and the milestones of its life. */
import { AimOutlined, FlagOutlined, MailOutlined, MessageOutlined, PhoneOutlined, TeamOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@api/client";
import type { Row } from "@api/records";
import { useAccess } from "@app/access";
import { type Entry, Timeline } from "@kit/record/Timeline";

const ICONS: Record<string, ReactNode> = { call: <PhoneOutlined />, email: <MailOutlined />, sms: <MessageOutlined />, chat: <MessageOutlined />, visit: <TeamOutlined />, meeting: <TeamOutlined /> };

export function LeadTimeline({ lead, action }: { lead: Row; action?: ReactNode }) {
  const { t } = useTranslation("leads");
  const { can } = useAccess();
  const touches = useQuery({
    queryKey: ["leads.Touch", lead.id],
    queryFn: () => answer(api.GET("/v1/leads/{lead_id}/touches", { params: { path: { lead_id: lead.id }, query: { page_size: 100 } } })),
    enabled: can("leads.touch.list"),
  });
  const touched: Entry[] = (touches.data?.touches ?? []).map((touch) => ({
    id: touch.id ?? "",
    time: touch.occur_time ?? touch.create_time ?? "",
    kind: "touch",
    title: [t(`values.kind.${touch.kind}`, { defaultValue: touch.kind }), t(`values.direction.${touch.direction}`), touch.outcome ? t(`values.outcome.${touch.outcome}`, { defaultValue: touch.outcome }) : ""].filter(Boolean).join(" · "),
    body: touch.note,
    actor: touch.owner_id,
    icon: ICONS[touch.kind] ?? <MessageOutlined />,
  }));
  const intents: Entry[] = ((lead.intents ?? []) as { need: string; channel: string; express_time: string }[]).map((intent, index) => ({
    id: `intent ${index}`,
    time: intent.express_time,
    kind: "intent",
    title: t("timeline.intent", { channel: t(`values.channel.${intent.channel}`, { defaultValue: intent.channel }) }),
    body: intent.need,
    icon: <AimOutlined />,
  }));
  const milestones: Entry[] = ["create_time", "own_time"].filter((field) => lead[field]).map((field) => ({
    id: field,
    time: lead[field],
    kind: "milestone",
    title: t(`timeline.${field}`),
    actor: field === "own_time" ? lead.owner_id : undefined,
    icon: <FlagOutlined />,
  }));
  const entries = touches.isPending && can("leads.touch.list") ? undefined : [...touched, ...intents, ...milestones];
  return <Timeline entries={entries} error={touches.error} retry={() => void touches.refetch()} action={action} kinds={{ touch: t("timeline.touches"), intent: t("timeline.intents"), milestone: t("timeline.milestones") }} />;
}
