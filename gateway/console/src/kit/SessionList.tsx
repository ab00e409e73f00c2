/** Where a person is signed in, each session to be ended; without `userId` the reader's own: `<SessionList userId={user.id} />`. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { call } from "@api/transport";
import { useAccess } from "@app/access";
import { PlainTable } from "./PlainTable";
import { Failed, Loading } from "./states";
import { toast } from "./toasts";
import { DateTime, StateTag } from "./values";

interface Session {
  id: string;
  method?: string;
  address?: string;
  user_agent?: string;
  create_time?: string;
  last_used_time?: string;
  current?: boolean;
}

export default function SessionList({ userId = "" }: { userId?: string }) {
  const { t } = useTranslation("kit");
  const { can } = useAccess();
  const client = useQueryClient();
  const key = ["identity.Session", userId];
  const found = useQuery({ queryKey: key, queryFn: ({ signal }) => call<{ sessions?: Session[] }>("GET", "/v1/sessions", { query: { user_id: userId }, signal }) });
  const end = async (session: Session) => {
    try {
      await call("DELETE", `/v1/sessions/${session.id}`);
      await client.invalidateQueries({ queryKey: key });
      toast.done(t("session.ended"));
    } catch (refusal) {
      toast.refused(refusal);
    }
  };
  if (found.isPending) return <Loading rows={3} />;
  if (found.isError) return <Failed error={found.error} retry={() => void found.refetch()} />;
  const sessions = found.data.sessions ?? [];
  if (sessions.length === 0) return <p className="crm-muted">{t("session.none")}</p>;
  return (
    <PlainTable caption={t("session.title")} rows={sessions} rowKey={(session) => session.id} columns={[
      { key: "device", title: t("session.device"), render: (session) => <>{device(session.user_agent ?? "") || t("session.unknown")}<small>{session.address} · {session.method === "password" ? t("session.password") : session.method}</small>{session.current ? <small><StateTag tone="good">{t("session.current")}</StateTag></small> : null}</> },
      { key: "used", title: t("session.used"), render: (session) => <DateTime value={session.last_used_time} mode="relative" /> },
      ...(can("identity.session.delete") ? [{ key: "end", title: t("session.end"), actions: true, render: (session: Session) => (session.current ? null : <Button size="small" onClick={() => void end(session)}>{t("session.end")}</Button>) }] : []),
    ]} />
  );
}

/** `Chrome 156 · Linux` of what a browser says about itself; programs keep their own name. */
export function device(agent: string): string {
  const browser = /(Edg|OPR|Firefox|Chrome|Version)\/(\d+)/.exec(/Edg\/\d+|OPR\/\d+/.exec(agent)?.[0] ?? agent);
  const system = /Windows|Android|iPhone|iPad|Mac OS X|Linux/.exec(agent)?.[0];
  if (!browser) return agent;
  const name = { Edg: "Edge", OPR: "Opera", Version: "Safari" }[browser[1] ?? ""] ?? browser[1];
  return [`${name} ${browser[2]}`, system].filter(Boolean).join(" · ");
}
