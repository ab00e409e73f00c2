/** Time left of what a ticket owes next, as colour, sign and words; ticks each second in the last ten minutes. */
import { ClockCircleOutlined, ExclamationCircleOutlined, PauseCircleOutlined } from "@ant-design/icons";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { usePrefs } from "@app/prefs";
import { exact } from "@kit/format";
import { Nothing } from "@kit/values";
import { type Promise, promisesOf, spanOf, urgencyOf } from "./clock";
import "./tickets.css";

const CLOSE_MS = 600_000;

export function SlaCountdown({ ticket, named = false }: { ticket: Row; named?: boolean }) {
  const next = promisesOf(ticket)[0];
  return next ? <Countdown promise={next} named={named} /> : <Nothing />;
}

/** Every open promise with its name. */
export function SlaPromises({ ticket }: { ticket: Row }) {
  const { t } = useTranslation("tickets");
  const open = promisesOf(ticket);
  if (open.length === 0) return <p className="ticket-quiet">{t("sla.none")}</p>;
  return (
    <ul className="crm-lines">
      {open.map((promise) => <li key={promise.target}><div>{t(`sla.${promise.target}`)}</div><span><Countdown promise={promise} /></span></li>)}
    </ul>
  );
}

function Countdown({ promise, named = false }: { promise: Promise; named?: boolean }) {
  const { t } = useTranslation("tickets");
  const { language, time_zone } = usePrefs();
  const now = useNow(promise.due);
  const urgency = urgencyOf(promise, now);
  const left = promise.due ? new Date(promise.due).getTime() - now : 0;
  const { days, hours, minutes, seconds } = spanOf(left);
  const span = days > 0 ? t("sla.days", { days, hours }) : hours > 0 ? t("sla.hours", { hours, minutes }) : minutes >= 10 ? t("sla.minutes", { minutes }) : t("sla.seconds", { minutes, seconds: String(seconds).padStart(2, "0") });
  const words = urgency === "still" ? t("sla.paused") : urgency === "late" ? t("sla.late", { span }) : t("sla.left", { span });
  const icon = urgency === "still" ? <PauseCircleOutlined /> : urgency === "late" ? <ExclamationCircleOutlined /> : <ClockCircleOutlined />;
  return (
    <span className="ticket-sla" data-urgency={urgency} title={promise.due ? `${t(`sla.${promise.target}`)} · ${exact(language, promise.due, time_zone || undefined)}` : undefined}>
      {icon} {named ? `${t(`sla.short.${promise.target}`)} ` : ""}{words}
    </span>
  );
}

function useNow(due: string): number {
  const [now, set] = useState(() => Date.now());
  const pace = due && Math.abs(new Date(due).getTime() - now) < CLOSE_MS ? 1000 : 20_000;
  useEffect(() => {
    const timer = setInterval(() => set(Date.now()), pace);
    return () => clearInterval(timer);
  }, [pace]);
  return now;
}
