/** How far a transfer is, with what did not go as asked. */
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { StateTag, type Tone } from "@kit/values";

const TONES: Record<string, Tone> = { SCHEDULED: "new", RUNNING: "active", DONE: "good", CANCELLED: "done" };

export function TransferState({ transfer }: { transfer: Row }) {
  const { t } = useTranslation("transfers");
  const hint = transfer.state_reason ? t(`reasons.${transfer.state_reason}`, { defaultValue: transfer.state_reason }) : undefined;
  return <StateTag tone={hint ? "warn" : (TONES[transfer.state] ?? "idle")} hint={hint}>{t(`values.state.${transfer.state}`)}</StateTag>;
}
