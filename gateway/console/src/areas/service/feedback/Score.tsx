/** A score of 1 to 5 as stars and words. */
import { StarFilled, StarOutlined } from "@ant-design/icons";
import { useTranslation } from "react-i18next";
import "./feedback.css";

export const SCORES = [1, 2, 3, 4, 5];

export function Score({ score }: { score: number }) {
  const { t } = useTranslation("feedback");
  return <span className="feedback-score"><span aria-hidden="true">{SCORES.map((each) => (each <= score ? <StarFilled key={each} /> : <StarOutlined key={each} />))}</span> {t(`values.score.${score}`)}</span>;
}
