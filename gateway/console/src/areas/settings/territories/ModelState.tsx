/** Where a model of territories is in its life; one that waits for its day says so. */
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { StateTag, type Tone } from "@kit/values";

const TONES: Record<string, Tone> = { PLANNING: "new", ACTIVE: "good", ARCHIVED: "done" };

export function ModelState({ model }: { model: Row }) {
  const { t } = useTranslation("territories");
  const waits = model.state === "PLANNING" && model.effective_time;
  return <StateTag tone={waits ? "active" : (TONES[model.state] ?? "idle")}>{t(waits ? "waits" : `values.state.${model.state}`)}</StateTag>;
}
