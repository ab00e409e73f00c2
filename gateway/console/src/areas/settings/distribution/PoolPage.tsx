/** One public pool: its rules for taking and returning, and the leads in it. */
import { useTranslation } from "react-i18next";
import { pools } from "@api/catalogue";
import type { Row } from "@api/records";
import { leads } from "@api/resources";
import { useAccess } from "@app/access";
import { Loaded } from "@kit/catalogue/Loaded";
import { useCatalogueVerbs } from "@kit/catalogue/useCatalogueVerbs";
import { ShortList } from "@kit/list/ShortList";
import { Facts } from "@kit/record/Facts";
import { RecordPage } from "@kit/record/RecordPage";
import { Verbs } from "@kit/record/Verbs";
import { UnitName } from "@kit/units";
import { DateTime, StateTag } from "@kit/values";
import { POOL } from "./form";
import { Days, Limit } from "./limits";

const LIST = "/app/settings/pools";

export default function PoolPage() {
  return <Loaded resource={pools} Body={Pool} />;
}

function Pool({ record }: { record: Row }) {
  const { t } = useTranslation(["pools", "catalogue"]);
  const { can } = useAccess();
  const { edit, remove, turn, dialog } = useCatalogueVerbs({ resource: pools, namespace: "pools", record, form: POOL, back: LIST });
  const inside = `state = POOLED AND pool_id = "${record.id}"`;
  const days = (field: string, none?: string) => (pool: Row) => <Days value={pool[field]} none={none} />;
  const limit = (field: string) => (pool: Row) => <Limit value={pool[field]} />;
  return (
    <>
      <RecordPage
        back={LIST}
        title={record.name}
        above={<UnitName path={record.unit_path} />}
        state={record.is_default ? <StateTag tone="active">{t("default")}</StateTag> : null}
        verbs={<Verbs verbs={[edit, turn("default_on", { is_default: true }, !record.is_default), turn("default_off", { is_default: false }, record.is_default), remove]} />}
        facts={
          <Facts
            resource={pools}
            namespace="pools"
            record={record}
            shown={{
              unit_path: (pool) => <UnitName path={pool.unit_path} />,
              daily_claim_limit: limit("daily_claim_limit"),
              holding_limit: limit("holding_limit"),
              cooldown_days: days("cooldown_days"),
              recycle_days: days("recycle_days", t("catalogue:never")),
              protect_days: days("protect_days"),
              touch_protect_days: days("touch_protect_days"),
              max_protect_days: days("max_protect_days", t("catalogue:unlimited")),
              time_zone: (pool) => pool.time_zone,
            }}
            groups={[
              { title: t("groups.pool"), fields: ["name", "unit_path", "time_zone", "custom_fields"] },
              { title: t("groups.take"), fields: ["daily_claim_limit", "holding_limit", "cooldown_days"] },
              { title: t("groups.keep"), fields: ["protect_days", "touch_protect_days", "max_protect_days", "recycle_days"] },
              { title: t("groups.more"), fields: ["create_time", "update_time"] },
            ]}
          />
        }
        related={can("leads.lead.list") ? <ShortList resource={leads} title={t("inside")} filter={inside} order_by="create_time" to={`/app/sales/leads?view=all&f=${encodeURIComponent(inside)}`} second={(lead) => lead.company} empty={t("inside_none")} aside={(lead) => <DateTime value={lead.create_time} mode="relative" />} /> : null}
      />
      {dialog}
    </>
  );
}
