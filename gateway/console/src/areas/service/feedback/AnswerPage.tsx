/** One answer of a customer; what was misheard is corrected until it expires. */
import { useTranslation } from "react-i18next";
import { surveyAnswers } from "@api/catalogue";
import type { Row } from "@api/records";
import { Loaded } from "@kit/catalogue/Loaded";
import { Reference } from "@kit/FieldValue";
import { Facts } from "@kit/record/Facts";
import { RecordPage } from "@kit/record/RecordPage";
import { UnitName } from "@kit/units";
import { DateTime, PersonName } from "@kit/values";
import { Score } from "./Score";

export default function AnswerPage() {
  return <Loaded resource={surveyAnswers} Body={Answer} />;
}

function Answer({ record }: { record: Row }) {
  const { t } = useTranslation("feedback");
  const open = new Date(record.expire_time) > new Date();
  return (
    <RecordPage
      back="/app/service/feedback"
      title={t("one")}
      state={<Score score={record.score} />}
      highlights={[
        { label: t("fields.ticket_id"), value: <Reference field="ticket_id" id={record.ticket_id} /> },
        { label: t("fields.customer_id"), value: <Reference field="customer_id" id={record.customer_id} /> },
        { label: t("fields.agent_id"), value: <PersonName id={record.agent_id} /> },
        { label: t("fields.answer_time"), value: <DateTime value={record.answer_time} /> },
      ]}
      facts={
        <Facts resource={surveyAnswers} namespace="feedback" record={record} editable={open} shown={{ unit_path: (answer) => <UnitName path={answer.unit_path} /> }} groups={[
          { title: t("groups.answer"), fields: ["score", "comment", "channel"] },
          { title: t("groups.more"), fields: ["unit_path", "expire_time", "create_time", "update_time"] },
        ]} />
      }
    />
  );
}
