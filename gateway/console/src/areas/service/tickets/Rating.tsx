/** How satisfied the customer was: the score as stars and words, what they added. */
import { StarFilled, StarOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { call } from "@api/transport";
import type { Row } from "@api/records";
import { useAccess } from "@app/access";
import { DateTime, PersonName } from "@kit/values";
import "./tickets.css";

/** The answer of the ticket's survey, null when there is none yet. */
export function useRating(id: string) {
  const { can } = useAccess();
  return useQuery({
    queryKey: ["service_desk.SurveyAnswer", id],
    queryFn: async ({ signal }) => (await call<{ survey_answers?: Row[] }>("GET", "/v1/survey-answers", { query: { filter: `ticket_id = "${id}"`, page_size: 1 }, signal })).survey_answers?.[0] ?? null,
    enabled: Boolean(id) && can("service_desk.survey_answer.list"),
  });
}

export function Rating({ answer }: { answer: Row }) {
  const { t } = useTranslation("tickets");
  const score = Number(answer.score);
  return (
    <div className="ticket-rating">
      <p><span aria-hidden="true">{[1, 2, 3, 4, 5].map((each) => (each <= score ? <StarFilled key={each} /> : <StarOutlined key={each} />))}</span> <b>{t("rating.score", { score })}</b> {t(`rating.${score}`)}</p>
      {answer.comment ? <blockquote>{answer.comment}</blockquote> : null}
      <small><PersonName id={answer.agent_id} /> <DateTime value={answer.answer_time} mode="relative" /></small>
    </div>
  );
}
