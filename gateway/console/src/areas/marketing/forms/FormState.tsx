/** The state of a form with its tone. */
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { StateTag, type Tone } from "@kit/values";

const TONES: Record<string, Tone> = { DRAFT: "idle", PUBLISHED: "active", CLOSED: "done" };

export function FormState({ form }: { form: Row }) {
  const { t } = useTranslation("web_forms");
  return <StateTag tone={TONES[form.state] ?? "idle"}>{t(`values.state.${form.state}`)}</StateTag>;
}
