/** Where a deal is: its stage while open, won or lost after; a deal that rots says so. */
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { StateTag } from "@kit/values";
import { useStageName } from "./pipeline";

export const isRotting = (deal: Row): boolean => deal.state === "OPEN" && Boolean(deal.rot_time) && new Date(deal.rot_time) < new Date();

export function OpportunityState({ deal }: { deal: Row }) {
  const { t } = useTranslation("opportunities");
  const stageName = useStageName();
  if (deal.state === "WON") return <StateTag tone="good">{t("values.state.WON")}</StateTag>;
  if (deal.state === "LOST") return <StateTag tone="done" hint={deal.loss_note}>{t("values.state.LOST")}</StateTag>;
  const rotting = isRotting(deal);
  return <StateTag tone={rotting ? "warn" : "active"} hint={rotting ? t("rotting") : undefined}>{stageName(deal)}</StateTag>;
}
