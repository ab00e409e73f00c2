/** Submissions two units claim: the arbiter's queue, the next to lapse first. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { conflicts } from "@api/resources";
import type { Column } from "@kit/list/columns";
import { RecordList } from "@kit/list/RecordList";
import type { View } from "@kit/list/state";
import { Empty } from "@kit/states";
import { UnitName } from "@kit/units";
import { DateTime } from "@kit/values";
import { ConflictState } from "./ConflictState";
import { Likeness } from "./Likeness";

const side = (conflict: Row, which: "submitter" | "holder") => <UnitName path={conflict[which]?.unit_path} />;

export default function ConflictsPage() {
  const { t } = useTranslation("conflicts");
  const views = useMemo<View[]>(
    () => [
      { id: "pending", name: t("views.pending"), filter: "state = PENDING", order_by: "decide_due_time" },
      { id: "decided", name: t("views.decided"), filter: "state != PENDING", order_by: "decide_time desc" },
      { id: "all", name: t("views.all"), filter: "", order_by: "create_time desc" },
    ],
    [t],
  );
  const columns = useMemo<Column[]>(
    () => [
      { field: "submitter", width: 240, primary: true, sort: false, render: (conflict) => conflicts.title(conflict) || t("unknown") },
      { field: "state", width: 150, render: (conflict) => <ConflictState conflict={conflict} /> },
      { field: "decide_due_time", width: 120, render: (conflict) => <DateTime value={conflict.decide_due_time} mode="relative" overdue={conflict.state === "PENDING"} /> },
      { field: "lead_id", width: 160, sort: false, render: (conflict) => side(conflict, "submitter") },
      { field: "holder", width: 160, sort: false, render: (conflict) => side(conflict, "holder") },
      { field: "score", width: 100, align: "end", render: (conflict) => <Likeness conflict={conflict} /> },
      { field: "protected_until_date", width: 130 },
      { field: "create_time", width: 130 },
    ],
    [t],
  );
  return <RecordList resource={conflicts} namespace="conflicts" title={t("title")} views={views} columns={columns} empty={<Empty title={t("empty.title")} text={t("empty.text")} />} />;
}
