/** The customers: mine, the valuable ones, those nobody spoke to for a month, all I may see. */
import { Button } from "antd";
import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { customers } from "@api/resources";
import { useAccess } from "@app/access";
import type { Column } from "@kit/list/columns";
import { RecordList } from "@kit/list/RecordList";
import type { View } from "@kit/list/state";
import { Empty, Loading } from "@kit/states";
import { DateTime } from "@kit/values";
import { CustomerPhase } from "./CustomerPhase";

const CustomerPeek = lazy(() => import("./CustomerPeek"));
const QUIET_DAYS = 30;

export default function CustomersPage() {
  const { t } = useTranslation("customers");
  const { id: own, can } = useAccess();
  const [quiet] = useState(() => new Date(Date.now() - QUIET_DAYS * 86_400_000).toISOString().slice(0, 10));
  const views = useMemo<View[]>(
    () => [
      { id: "mine", name: t("views.mine"), filter: `owner_id = "${own}"`, order_by: "last_contact_time desc" },
      { id: "valuable", name: t("views.valuable"), filter: "value_rating = high", order_by: "last_contact_time desc" },
      { id: "quiet", name: t("views.quiet"), filter: `last_contact_time < ${quiet}`, order_by: "last_contact_time" },
      { id: "contracts", name: t("views.contracts"), filter: "phase = (EXECUTING OR AFTER_SALE)", order_by: "name" },
      { id: "all", name: t("views.all"), filter: "", order_by: "create_time desc" },
    ],
    [t, own, quiet],
  );
  const columns = useMemo<Column[]>(
    () => [
      { field: "name", width: 260, primary: true },
      { field: "phase", width: 116, render: (customer) => <CustomerPhase customer={customer} /> },
      { field: "kind", width: 104, edit: true },
      { field: "value_rating", width: 96, edit: true },
      { field: "industry", width: 120, edit: true },
      { field: "city", width: 110, edit: true },
      { field: "phone", width: 150, edit: true },
      { field: "last_contact_time", width: 116, render: (customer) => <DateTime value={customer.last_contact_time} mode="relative" /> },
      { field: "owner_id", width: 140 },
      { field: "code", width: 150 },
    ],
    [],
  );
  const create = can("customers.customer.create") ? <Link to="/app/customers/accounts/new"><Button type="primary" tabIndex={-1}>{t("create.title")}</Button></Link> : null;
  return (
    <RecordList
      resource={customers}
      namespace="customers"
      title={t("title")}
      views={views}
      columns={columns}
      peek={(id) => <Suspense fallback={<Loading />}><CustomerPeek id={id} /></Suspense>}
      empty={<Empty title={t("empty.title")} text={t("empty.text")} action={create} />}
    />
  );
}
