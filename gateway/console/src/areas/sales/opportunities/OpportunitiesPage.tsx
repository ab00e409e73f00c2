/** The deals, as a list or as a board of the stages of a pipeline. */
import { Button } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { opportunities } from "@api/resources";
import { useAccess } from "@app/access";
import { Empty } from "@kit/states";
import type { Column } from "@kit/list/columns";
import { RecordList } from "@kit/list/RecordList";
import type { View } from "@kit/list/state";
import { Amount, Day } from "@kit/values";
import { OpportunityBoard } from "./OpportunityBoard";
import { OpportunityState } from "./OpportunityState";

export default function OpportunitiesPage() {
  const { t } = useTranslation("opportunities");
  const { id: own, can } = useAccess();
  const views = useMemo<View[]>(
    () => [
      { id: "mine", name: t("views.mine"), filter: `owner_id = "${own}" AND state = OPEN`, order_by: "expected_close_date" },
      { id: "open", name: t("views.open"), filter: "state = OPEN", order_by: "expected_close_date" },
      { id: "won", name: t("views.won"), filter: "state = WON", order_by: "close_date desc" },
      { id: "all", name: t("views.all"), filter: "", order_by: "create_time desc" },
    ],
    [t, own],
  );
  const columns = useMemo<Column[]>(
    () => [
      { field: "name", width: 240, primary: true },
      { field: "customer_id", width: 200 },
      { field: "stage", width: 140, render: (deal) => <OpportunityState deal={deal} /> },
      { field: "amount", width: 130, render: (deal) => <Amount value={deal.amount} />, edit: true },
      { field: "probability", width: 90, render: (deal) => <span className="crm-number">{`${deal.probability}%`}</span>, edit: true },
      { field: "weighted_amount", width: 130, render: (deal) => <Amount value={deal.weighted_amount} /> },
      { field: "expected_close_date", width: 120, render: (deal) => <Day value={deal.expected_close_date} overdue={deal.state === "OPEN"} />, edit: true },
      { field: "need", width: 240, edit: true },
      { field: "owner_id", width: 130 },
    ],
    [],
  );
  const create = can("sales.opportunity.create") ? <Link to="/app/sales/opportunities/new"><Button type="primary" tabIndex={-1}>{t("create.title")}</Button></Link> : null;
  return (
    <RecordList
      resource={opportunities}
      namespace="opportunities"
      title={t("title")}
      views={views}
      columns={columns}
      board={(state) => <OpportunityBoard state={state} />}
      empty={<Empty title={t("empty.title")} text={t("empty.text")} action={create} />}
    />
  );
}
