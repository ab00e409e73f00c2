/** One touchpoint: who met us when, through what. */
import { useTranslation } from "react-i18next";
import { touchpoints } from "@api/catalogue";
import type { Row } from "@api/records";
import { Loaded } from "@kit/catalogue/Loaded";
import { Facts } from "@kit/record/Facts";
import { RecordPage } from "@kit/record/RecordPage";
import { UnitName } from "@kit/units";
import { DateTime } from "@kit/values";
import { Who } from "./Who";

export default function TouchpointPage() {
  return <Loaded resource={touchpoints} Body={Touchpoint} />;
}

function Touchpoint({ record }: { record: Row }) {
  const { t } = useTranslation("touchpoints");
  return (
    <RecordPage
      back="/app/marketing/touchpoints"
      title={t(`values.kind.${record.kind}`, { defaultValue: record.kind })}
      highlights={[
        { label: t("fields.lead_id"), value: <Who touchpoint={record} /> },
        { label: t("fields.occur_time"), value: <DateTime value={record.occur_time} mode="exact" /> },
      ]}
      facts={
        <Facts resource={touchpoints} namespace="touchpoints" record={record} editable={false} shown={{ unit_path: (touchpoint) => <UnitName path={touchpoint.unit_path} /> }} groups={[
          { title: t("groups.through"), fields: ["campaign_id", "channel", "source", "medium", "content", "term", "counted"] },
          { title: t("groups.more"), fields: ["customer_id", "unit_path", "create_time"] },
        ]} />
      }
    />
  );
}
