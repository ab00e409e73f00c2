/** What customers are to pay when, over all contracts: what to collect first. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { planLines } from "@api/resources";
import type { Column } from "@kit/list/columns";
import { RecordList } from "@kit/list/RecordList";
import type { View } from "@kit/list/state";
import { Empty } from "@kit/states";
import { Day } from "@kit/values";
import { PaperState } from "./states";

const OPEN = "state = (PENDING OR PART_PAID OR OVERDUE)";

export default function ReceivablesPage() {
  const { t } = useTranslation("contracts");
  const views = useMemo<View[]>(
    () => [
      { id: "overdue", name: t("receivables.views.overdue"), filter: "state = OVERDUE", order_by: "due_date" },
      { id: "open", name: t("receivables.views.open"), filter: OPEN, order_by: "due_date" },
      { id: "all", name: t("views.all"), filter: "", order_by: "due_date" },
    ],
    [t],
  );
  const columns = useMemo<Column[]>(
    () => [
      { field: "name", width: 160, primary: true },
      { field: "state", width: 120, render: (line) => <PaperState of={line} /> },
      { field: "due_date", width: 120, render: (line) => <Day value={line.due_date} overdue={line.state === "OVERDUE"} /> },
      { field: "open_amount", width: 140 },
      { field: "planned_amount", width: 140 },
      { field: "customer_id", width: 220 },
      { field: "contract_id", width: 240 },
      { field: "owner_id", width: 130 },
    ],
    [],
  );
  return <RecordList resource={planLines} namespace="contracts" title={t("receivables.title")} views={views} columns={columns} empty={<Empty title={t("receivables.none")} text={t("receivables.none_text")} />} />;
}
