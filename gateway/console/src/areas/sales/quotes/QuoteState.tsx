/** Where a quote is in its life. */
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { StateTag, type Tone } from "@kit/values";

const TONES: Record<string, Tone> = { DRAFT: "idle", IN_APPROVAL: "warn", APPROVED: "active", SENT: "new", ACCEPTED: "good", DECLINED: "bad", EXPIRED: "bad", WITHDRAWN: "done", SUPERSEDED: "done" };

export function QuoteState({ quote }: { quote: Row }) {
  const { t } = useTranslation("quotes");
  return <StateTag tone={TONES[quote.state] ?? "idle"} hint={quote.state_reason || undefined}>{t(`values.state.${quote.state}`)}</StateTag>;
}
