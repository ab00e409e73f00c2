/** Whether a distribution rule is tried. */
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { StateTag } from "@kit/values";

export function RuleState({ rule }: { rule: Row }) {
  const { t } = useTranslation("distribution_rules");
  return <StateTag tone={rule.disabled ? "done" : "good"}>{t(rule.disabled ? "state.off" : "state.on")}</StateTag>;
}
