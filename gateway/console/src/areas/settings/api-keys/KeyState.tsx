/** Whether a key works. */
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { StateTag, type Tone } from "@kit/values";

const TONES: Record<string, Tone> = { ACTIVE: "good", EXPIRED: "warn", REVOKED: "done" };

export function KeyState({ apiKey }: { apiKey: Row }) {
  const { t } = useTranslation("api_keys");
  return <StateTag tone={TONES[apiKey.state] ?? "idle"} hint={apiKey.revoke_reason || undefined}>{t(`values.state.${apiKey.state}`)}</StateTag>;
}
