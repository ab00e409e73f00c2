/** Money that came in: what finance has still to check, and what counts. */
import { useMemo } from "react";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { receipts } from "@api/resources";
import { useAccess } from "@app/access";
import type { BulkAction } from "@kit/list/bulk";
import type { Column } from "@kit/list/columns";
import { RecordList } from "@kit/list/RecordList";
import type { View } from "@kit/list/state";
import { Empty } from "@kit/states";
import { PaperState } from "./states";

export default function ReceiptsPage() {
  const { t } = useTranslation("contracts");
  const { can } = useAccess();
  const views = useMemo<View[]>(
    () => [
      { id: "recorded", name: t("receipts.views.recorded"), filter: "state = RECORDED", order_by: "receive_date" },
      { id: "confirmed", name: t("receipts.views.confirmed"), filter: "state = CONFIRMED", order_by: "receive_date desc" },
      { id: "all", name: t("receipts.views.all"), filter: "", order_by: "receive_date desc" },
    ],
    [t],
  );
  const columns = useMemo<Column[]>(
    () => [
      { field: "number", width: 150, primary: true },
      { field: "state", width: 120, render: (receipt) => <PaperState of={receipt} /> },
      { field: "receive_date", width: 120 },
      { field: "amount", width: 140 },
      { field: "payer", width: 220 },
      { field: "contract_id", width: 240 },
      { field: "reference", width: 160 },
      { field: "method", width: 120 },
      { field: "owner_id", width: 130 },
    ],
    [],
  );
  const bulk: BulkAction[] = [{ key: "confirm", label: t("verbs.confirm"), permission: "sales.receipt.confirm", verb: "confirm", enabled: (receipt) => receipt.state === "RECORDED", within: "state = RECORDED" }];
  const receivables = can("sales.plan_line.list") ? <Link to="/app/sales/receivables"><Button tabIndex={-1}>{t("receivables.title")}</Button></Link> : null;
  return <RecordList resource={receipts} namespace="contracts" title={t("receipts.title")} views={views} columns={columns} bulk={bulk} actions={receivables} empty={<Empty title={t("receipts.none")} text={t("receipts.none_text")} />} />;
}
