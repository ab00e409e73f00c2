/** The ledger of moments in which people met us, over all campaigns; what is written stays. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { touchpoints } from "@api/catalogue";
import type { Column } from "@kit/list/columns";
import { RecordList } from "@kit/list/RecordList";
import type { View } from "@kit/list/state";
import { Empty } from "@kit/states";
import { Who } from "./Who";

export default function TouchpointsPage() {
  const { t } = useTranslation("touchpoints");
  const views = useMemo<View[]>(
    () => [
      { id: "all", name: t("views.all"), filter: "", order_by: "occur_time desc" },
      { id: "counted", name: t("views.counted"), filter: "counted = true", order_by: "occur_time desc" },
    ],
    [t],
  );
  const columns = useMemo<Column[]>(
    () => [
      { field: "kind", width: 150, primary: true, render: (touchpoint) => t(`values.kind.${touchpoint.kind}`, { defaultValue: touchpoint.kind }) },
      { field: "occur_time", width: 130 },
      { field: "lead_id", width: 200, sort: false, render: (touchpoint) => <Who touchpoint={touchpoint} /> },
      { field: "campaign_id", width: 240 },
      { field: "channel", width: 120 },
      { field: "source", width: 120 },
      { field: "medium", width: 110 },
      { field: "counted", width: 110 },
    ],
    [t],
  );
  return <RecordList resource={touchpoints} namespace="touchpoints" title={t("title")} views={views} columns={columns} empty={<Empty title={t("empty.title")} text={t("empty.text")} />} />;
}
