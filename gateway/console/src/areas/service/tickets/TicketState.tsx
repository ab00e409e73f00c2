/** State and priority of a ticket as dot and word. */
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { StateTag, type Tone } from "@kit/values";

const STATES: Record<string, Tone> = { NEW: "new", OPEN: "active", PENDING_CUSTOMER: "warn", PENDING_THIRD_PARTY: "warn", ON_HOLD: "idle", RESOLVED: "good", CLOSED: "done", CANCELLED: "done" };
const PRIORITIES: Record<string, Tone> = { LOW: "done", NORMAL: "idle", HIGH: "warn", URGENT: "bad" };

export const UNSOLVED = ["NEW", "OPEN", "PENDING_CUSTOMER", "PENDING_THIRD_PARTY", "ON_HOLD"];
export const WAITING = ["PENDING_CUSTOMER", "PENDING_THIRD_PARTY", "ON_HOLD"];

export function TicketState({ ticket }: { ticket: Row }) {
  const { t } = useTranslation("tickets");
  return <StateTag tone={STATES[ticket.state] ?? "idle"} hint={ticket.cancel_reason || undefined}>{t(`values.state.${ticket.state}`)}</StateTag>;
}

export function TicketPriority({ ticket }: { ticket: Row }) {
  const { t } = useTranslation("tickets");
  return <StateTag tone={PRIORITIES[ticket.priority] ?? "idle"}>{t(`values.priority.${ticket.priority}`)}</StateTag>;
}
