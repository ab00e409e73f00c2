/** Records handed from one person to another: leavers and reorganisations. */
import { Button } from "antd";
import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { transfers } from "@api/resources";
import { useAccess } from "@app/access";
import type { Column } from "@kit/list/columns";
import { RecordList } from "@kit/list/RecordList";
import type { View } from "@kit/list/state";
import { Empty } from "@kit/states";
import { DateTime, PersonName } from "@kit/values";
import { TransferState } from "./TransferState";

const TransferDialog = lazy(() => import("../TransferDialog"));

export default function TransfersPage() {
  const { t } = useTranslation("transfers");
  const { can } = useAccess();
  const [creating, create] = useState(false);
  const views = useMemo<View[]>(() => [{ id: "all", name: t("views.all"), filter: "", order_by: "create_time desc" }, { id: "open", name: t("views.open"), filter: "state = (SCHEDULED OR RUNNING)", order_by: "create_time desc" }], [t]);
  const columns = useMemo<Column[]>(
    () => [
      { field: "from_user_id", width: 190, primary: true, render: (transfer) => <PersonName id={transfer.from_user_id} /> },
      { field: "to_user_id", width: 190 },
      { field: "state", width: 130, render: (transfer) => <TransferState transfer={transfer} /> },
      { field: "effective_time", width: 150, render: (transfer) => <DateTime value={transfer.effective_time || transfer.create_time} mode="exact" /> },
      { field: "disable_user", width: 130 },
      { field: "reason", width: 260 },
    ],
    [],
  );
  const start = can("identity.transfer.create") ? <Button type="primary" onClick={() => create(true)}>{t("create.title")}</Button> : null;
  return (
    <>
      <RecordList resource={transfers} namespace="transfers" title={t("title")} views={views} columns={columns} actions={start} empty={<Empty title={t("empty.title")} text={t("empty.text")} action={start} />} />
      <Suspense fallback={null}>{creating ? <TransferDialog onClose={() => create(false)} /> : null}</Suspense>
    </>
  );
}
