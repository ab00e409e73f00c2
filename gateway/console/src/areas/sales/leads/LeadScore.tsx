/** Score and grade; what moved it is in the title. */
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import "./leads.css";

interface Reason {
  rule: string;
  points: number;
}

export function LeadScore({ lead }: { lead: Row }) {
  const { t } = useTranslation("leads");
  const reasons = ((lead.score_reasons ?? []) as Reason[]).map((each) => `${each.points > 0 ? "+" : ""}${each.points} ${t(`values.rule.${each.rule}`, { defaultValue: each.rule })}`);
  return (
    <span className="lead-score" title={reasons.join("\n")}>
      <b>{lead.score}</b>
      <span className="lead-grade">{lead.grade}</span>
    </span>
  );
}

export function ScoreReasons({ lead }: { lead: Row }) {
  const { t } = useTranslation("leads");
  return (
    <ul className="lead-reasons">
      {((lead.score_reasons ?? []) as Reason[]).map((each) => (
        <li key={each.rule}>
          <span>{t(`values.rule.${each.rule}`, { defaultValue: each.rule })}</span>
          <b>{each.points > 0 ? `+${each.points}` : each.points}</b>
        </li>
      ))}
    </ul>
  );
}
