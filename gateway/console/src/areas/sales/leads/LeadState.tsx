/** The state of a lead with its tone. */
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { StateTag, type Tone } from "@kit/values";

const TONES: Record<string, Tone> = {
  RECEIVED: "idle",
  REJECTED: "bad",
  POOLED: "new",
  ASSIGNED: "warn",
  WORKING: "active",
  QUALIFIED: "good",
  CONVERTING: "active",
  CONVERTED: "done",
  DISQUALIFIED: "done",
  HELD: "warn",
  OFFERED: "warn",
  UNPLACED: "warn",
};

export function LeadState({ lead }: { lead: Row }) {
  const { t } = useTranslation("leads");
  const hint = lead.state_reason ? t(`values.reason.${lead.state_reason}`, { defaultValue: lead.state_reason }) : undefined;
  return (
    <StateTag tone={TONES[lead.state] ?? "idle"} hint={hint}>
      {t(`values.state.${lead.state}`)}
    </StateTag>
  );
}
