/** Whether a restriction rule hides anything now. */
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { StateTag } from "@kit/values";

export function RuleState({ rule }: { rule: Row }) {
  const { t } = useTranslation("restriction_rules");
  return <StateTag tone={rule.active ? "good" : "done"}>{t(rule.active ? "state.on" : "state.off")}</StateTag>;
}
