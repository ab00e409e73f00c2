/** What customers said of solved tickets: how satisfied they are, and each answer. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { surveyAnswers } from "@api/catalogue";
import { useAccess } from "@app/access";
import type { Column } from "@kit/list/columns";
import { RecordList } from "@kit/list/RecordList";
import type { View } from "@kit/list/state";
import { Empty } from "@kit/states";
import { Figures } from "./Figures";
import { Score } from "./Score";

export default function FeedbackPage() {
  const { t } = useTranslation("feedback");
  const { id } = useAccess();
  const views = useMemo<View[]>(
    () => [
      { id: "all", name: t("views.all"), filter: "", order_by: "answer_time desc" },
      { id: "bad", name: t("views.bad"), filter: "score <= 2", order_by: "answer_time desc" },
      { id: "mine", name: t("views.mine"), filter: `agent_id = "${id}"`, order_by: "answer_time desc" },
    ],
    [t, id],
  );
  const columns = useMemo<Column[]>(
    () => [
      { field: "score", width: 190, primary: true, align: undefined, render: (answer) => <Score score={answer.score} /> },
      { field: "comment", width: 320, sort: false },
      { field: "ticket_id", width: 240, sort: false },
      { field: "customer_id", width: 200 },
      { field: "agent_id", width: 130 },
      { field: "channel", width: 90 },
      { field: "answer_time", width: 130 },
    ],
    [],
  );
  return <RecordList resource={surveyAnswers} namespace="feedback" title={t("title")} views={views} columns={columns} above={<Figures />} empty={<Empty title={t("empty.title")} text={t("empty.text")} />} />;
}
