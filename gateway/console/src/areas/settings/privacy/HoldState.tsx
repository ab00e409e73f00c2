/** Whether a hold still forbids erasing. */
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { StateTag } from "@kit/values";

export const holds = (hold: Row): boolean => !hold.release_time && !(hold.until_time && new Date(hold.until_time) <= new Date());

export function HoldState({ hold }: { hold: Row }) {
  const { t } = useTranslation("privacy");
  if (hold.release_time) return <StateTag tone="done">{t("holds.released")}</StateTag>;
  return holds(hold) ? <StateTag tone="warn">{t("holds.stands")}</StateTag> : <StateTag tone="done">{t("holds.over")}</StateTag>;
}
