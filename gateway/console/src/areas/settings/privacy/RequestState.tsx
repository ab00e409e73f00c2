/** How far a request is, and when it must be answered; what is late says so in words. */
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { DateTime, StateTag, type Tone } from "@kit/values";

const TONES: Record<string, Tone> = { RECEIVED: "new", DISCOVERED: "active", RUNNING: "active", DONE: "good", REFUSED: "done", CANCELLED: "done" };
export const OPEN = ["RECEIVED", "DISCOVERED"];

export function RequestState({ request }: { request: Row }) {
  const { t } = useTranslation("privacy");
  return <StateTag tone={TONES[request.state] ?? "idle"} hint={request.state_reason || undefined}>{t(`values.state.${request.state}`)}</StateTag>;
}

export function Due({ request }: { request: Row }) {
  const { t } = useTranslation("privacy");
  const late = Boolean(request.overdue);
  return <span className="privacy-due"><DateTime value={request.due_time} mode="exact" overdue={late} />{late ? <StateTag tone="bad">{t("overdue")}</StateTag> : null}</span>;
}
