/** Where contracts, promised payments and receipts stand; no two of them share a state of different meaning. */
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { StateTag, type Tone } from "@kit/values";

const TONES: Record<string, Tone> = {
  DRAFT: "idle", IN_APPROVAL: "warn", APPROVED: "active", PENDING_SIGN: "new", SIGNED: "good", EXECUTING: "active", FULFILLED: "good", ARCHIVED: "done", VOIDED: "done", TERMINATED: "bad", EXPIRED: "bad",
  INACTIVE: "idle", PENDING: "new", PART_PAID: "active", PAID: "good", OVERDUE: "bad", CANCELLED: "done", WRITTEN_OFF: "done",
  RECORDED: "warn", CONFIRMED: "good", REJECTED: "bad", REVERSED: "done",
};

export function PaperState({ of }: { of: Row }) {
  const { t } = useTranslation("contracts");
  return <StateTag tone={TONES[of.state] ?? "idle"} hint={of.state_reason || undefined}>{t(`values.state.${of.state}`)}</StateTag>;
}
