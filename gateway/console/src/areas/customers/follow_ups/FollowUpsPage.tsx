/** What was said with which customer and what comes next, across all customers; new ones are logged at the customer. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { followUps } from "@api/catalogue";
import { useAccess } from "@app/access";
import type { Column } from "@kit/list/columns";
import { RecordList } from "@kit/list/RecordList";
import type { View } from "@kit/list/state";
import { Empty } from "@kit/states";
import { DateTime, PersonName } from "@kit/values";

export default function FollowUpsPage() {
  const { t } = useTranslation("follow_ups");
  const { id: own } = useAccess();
  const views = useMemo<View[]>(
    () => [
      { id: "all", name: t("views.all"), filter: "", order_by: "occur_time desc" },
      { id: "mine", name: t("views.mine"), filter: `author_id = "${own}"`, order_by: "occur_time desc" },
      { id: "planned", name: t("views.planned"), filter: "next_time:*", order_by: "next_time desc" },
      { id: "visits", name: t("views.visits"), filter: 'kind = "visit"', order_by: "occur_time desc" },
    ],
    [t, own],
  );
  const columns = useMemo<Column[]>(
    () => [
      { field: "kind", width: 110, primary: true, render: (followUp) => t(`values.kind.${followUp.kind}`, { defaultValue: followUp.kind }) },
      { field: "customer_id", width: 220 },
      { field: "occur_time", width: 120 },
      { field: "note", width: 280, sort: false },
      { field: "outcome", width: 110 },
      { field: "next_step", width: 180, sort: false },
      { field: "next_time", width: 120, render: (followUp) => <DateTime value={followUp.next_time} /> },
      { field: "author_id", width: 130, render: (followUp) => <PersonName id={followUp.author_id} /> },
    ],
    [t],
  );
  return <RecordList resource={followUps} namespace="follow_ups" title={t("title")} views={views} columns={columns} empty={<Empty title={t("empty.title")} text={t("empty.text")} />} />;
}
