/** The state of a campaign with its tone. */
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { StateTag, type Tone } from "@kit/values";

const TONES: Record<string, Tone> = { DRAFT: "idle", PLANNED: "new", RUNNING: "active", PAUSED: "warn", FINISHED: "good", SETTLED: "done", CANCELLED: "done" };

export function CampaignState({ campaign }: { campaign: Row }) {
  const { t } = useTranslation("campaigns");
  return <StateTag tone={TONES[campaign.state] ?? "idle"} hint={campaign.state_reason || undefined}>{t(`values.state.${campaign.state}`)}</StateTag>;
}
