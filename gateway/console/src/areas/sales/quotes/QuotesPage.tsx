/** The quotes: mine, those that wait for a decision, those out with customers. */
import { Button } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { quotes } from "@api/resources";
import { useAccess } from "@app/access";
import type { Column } from "@kit/list/columns";
import { RecordList } from "@kit/list/RecordList";
import type { View } from "@kit/list/state";
import { Empty } from "@kit/states";
import { Amount, Day } from "@kit/values";
import { QuoteState } from "./QuoteState";

export default function QuotesPage() {
  const { t } = useTranslation("quotes");
  const { id: own, can } = useAccess();
  const views = useMemo<View[]>(
    () => [
      { id: "current", name: t("views.current"), filter: "current = true", order_by: "update_time desc" },
      { id: "mine", name: t("views.mine"), filter: `current = true AND owner_id = "${own}" AND state = (DRAFT OR IN_APPROVAL OR APPROVED OR SENT)`, order_by: "update_time desc" },
      { id: "approval", name: t("views.approval"), filter: "state = IN_APPROVAL", order_by: "update_time" },
      { id: "sent", name: t("views.sent"), filter: "state = SENT", order_by: "valid_until_date" },
      { id: "all", name: t("views.all"), filter: "", order_by: "create_time desc" },
    ],
    [t, own],
  );
  const columns = useMemo<Column[]>(
    () => [
      { field: "name", width: 280, primary: true },
      { field: "number", width: 150 },
      { field: "state", width: 120, render: (quote) => <QuoteState quote={quote} /> },
      { field: "customer_id", width: 200 },
      { field: "total", width: 140, render: (quote) => <Amount value={quote.total} /> },
      { field: "discount_rate", width: 90, align: "end", render: (quote) => <span className="crm-number">{`${quote.discount_rate}%`}</span> },
      { field: "valid_until_date", width: 120, render: (quote) => <Day value={quote.valid_until_date} overdue={quote.state === "SENT"} /> },
      { field: "owner_id", width: 130 },
    ],
    [],
  );
  const create = can("sales.quote.create") ? <Link to="/app/sales/quotes/new"><Button type="primary" tabIndex={-1}>{t("create.title")}</Button></Link> : null;
  return <RecordList resource={quotes} namespace="quotes" title={t("title")} views={views} columns={columns} empty={<Empty title={t("empty.title")} text={t("empty.text")} action={create} />} />;
}
