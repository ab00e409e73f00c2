/** The contracts, and the way to what is still to be paid. */
import { Button } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { contracts } from "@api/resources";
import { useAccess } from "@app/access";
import type { Column } from "@kit/list/columns";
import { RecordList } from "@kit/list/RecordList";
import type { View } from "@kit/list/state";
import { Empty } from "@kit/states";
import { Day } from "@kit/values";
import { PaperState } from "./states";

export default function ContractsPage() {
  const { t } = useTranslation("contracts");
  const { id: own, can } = useAccess();
  const views = useMemo<View[]>(
    () => [
      { id: "open", name: t("views.open"), filter: "state = (DRAFT OR IN_APPROVAL OR APPROVED OR PENDING_SIGN OR SIGNED OR EXECUTING)", order_by: "update_time desc" },
      { id: "mine", name: t("views.mine"), filter: `owner_id = "${own}"`, order_by: "update_time desc" },
      { id: "approval", name: t("views.approval"), filter: "state = IN_APPROVAL", order_by: "update_time" },
      { id: "signing", name: t("views.signing"), filter: "state = PENDING_SIGN", order_by: "update_time" },
      { id: "running", name: t("views.running"), filter: "state = (SIGNED OR EXECUTING)", order_by: "end_date" },
      { id: "all", name: t("views.all"), filter: "", order_by: "create_time desc" },
    ],
    [t, own],
  );
  const columns = useMemo<Column[]>(
    () => [
      { field: "name", width: 280, primary: true },
      { field: "number", width: 140 },
      { field: "state", width: 120, render: (contract) => <PaperState of={contract} /> },
      { field: "customer_id", width: 200 },
      { field: "amount", width: 140 },
      { field: "paid_amount", width: 140 },
      { field: "open_amount", width: 140 },
      { field: "end_date", width: 110, render: (contract) => <Day value={contract.end_date} overdue={["SIGNED", "EXECUTING"].includes(contract.state)} /> },
      { field: "owner_id", width: 130 },
    ],
    [],
  );
  const receivables = can("sales.plan_line.list") ? <Link to="/app/sales/receivables"><Button tabIndex={-1}>{t("receivables.title")}</Button></Link> : null;
  const accepted = can("sales.quote.list") ? <Link to="/app/sales/quotes?view=all&f=state+%3D+ACCEPTED"><Button type="primary" tabIndex={-1}>{t("empty.action")}</Button></Link> : null;
  return <RecordList resource={contracts} namespace="contracts" title={t("title")} views={views} columns={columns} actions={receivables} empty={<Empty title={t("empty.title")} text={t("empty.text")} action={accepted} />} />;
}
