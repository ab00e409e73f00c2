/** How far an import is. */
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { StateTag, type Tone } from "@kit/values";

const TONES: Record<string, Tone> = { QUEUED: "new", RUNNING: "active", DRY_RUN_DONE: "idle", DONE: "good", CANCELLED: "done", FAILED: "bad" };

export function ImportState({ job }: { job: Row }) {
  const { t } = useTranslation("imports");
  const partly = job.state === "DONE" && job.error_count > 0;
  return <StateTag tone={partly ? "warn" : (TONES[job.state] ?? "idle")} hint={job.error || undefined}>{t(`values.state.${partly ? "PARTLY" : job.state}`)}</StateTag>;
}
