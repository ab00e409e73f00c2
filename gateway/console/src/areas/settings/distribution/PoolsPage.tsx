/** Public pools of leads: whose they are, and how leads are taken from and return to them. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { pools } from "@api/catalogue";
import { CatalogueList } from "@kit/catalogue/CatalogueList";
import type { Column } from "@kit/list/columns";
import type { View } from "@kit/list/state";
import { UnitName } from "@kit/units";
import { Flag } from "@kit/values";
import { POOL } from "./form";
import { Days, Limit } from "./limits";

export default function PoolsPage() {
  const { t } = useTranslation(["pools", "catalogue"]);
  const views = useMemo<View[]>(() => [{ id: "all", name: t("views.all"), filter: "", order_by: "name" }], [t]);
  const columns = useMemo<Column[]>(
    () => [
      { field: "name", width: 260, primary: true },
      { field: "unit_path", width: 180, render: (pool) => <UnitName path={pool.unit_path} /> },
      { field: "is_default", width: 100, render: (pool) => <Flag value={Boolean(pool.is_default)} /> },
      { field: "daily_claim_limit", width: 130, sort: false, render: (pool) => <Limit value={pool.daily_claim_limit} /> },
      { field: "holding_limit", width: 130, sort: false, render: (pool) => <Limit value={pool.holding_limit} /> },
      { field: "protect_days", width: 110, sort: false, render: (pool) => <Days value={pool.protect_days} /> },
      { field: "recycle_days", width: 130, sort: false, render: (pool) => <Days value={pool.recycle_days} none={t("catalogue:never")} /> },
    ],
    [t],
  );
  return <CatalogueList resource={pools} namespace="pools" views={views} columns={columns} form={POOL} />;
}
