/** How many records of which kind follow the lead that goes on. */
import { useTranslation } from "react-i18next";
import type { Moved } from "./merges";

export function MovedText({ moved = [] }: { moved?: Moved[] }) {
  const { t } = useTranslation("lead_merges");
  const parts = moved.filter((one) => one.count).map((one) => t(`kinds.${one.kind}`, { count: one.count }) + (one.changed_count ? t("changed", { count: one.changed_count }) : ""));
  return <p className="lead-merge-moved">{parts.length > 0 ? parts.join(t("join")) : t("nothing_moves")}</p>;
}
