/** Where a conflict stands. */
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { StateTag, type Tone } from "@kit/values";

const TONES: Record<string, Tone> = { PENDING: "warn", HELD_BY_HOLDER: "done", GIVEN_TO_SUBMITTER: "good", SPLIT: "active", REJECTED: "bad" };

export function ConflictState({ conflict }: { conflict: Row }) {
  const { t } = useTranslation("conflicts");
  return <StateTag tone={TONES[conflict.state] ?? "idle"}>{t(`values.state.${conflict.state}`)}</StateTag>;
}
