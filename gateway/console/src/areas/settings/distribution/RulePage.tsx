/** One distribution rule: which leads, to whom, and how many of the present leads its condition holds for. */
import { useTranslation } from "react-i18next";
import { distributionRules } from "@api/catalogue";
import type { Row } from "@api/records";
import { leads } from "@api/resources";
import { useAccess } from "@app/access";
import { ConditionText } from "@kit/catalogue/ConditionText";
import { Loaded } from "@kit/catalogue/Loaded";
import { useCatalogueVerbs } from "@kit/catalogue/useCatalogueVerbs";
import { ShortList } from "@kit/list/ShortList";
import { PeopleList } from "@kit/PeopleList";
import { Facts } from "@kit/record/Facts";
import { RecordPage, Related } from "@kit/record/RecordPage";
import { Verbs } from "@kit/record/Verbs";
import { UnitName } from "@kit/units";
import { DateTime } from "@kit/values";
import { RULE } from "./form";
import { Limit } from "./limits";
import { RuleState } from "./RuleState";

const LIST = "/app/settings/distribution-rules";

export default function RulePage() {
  return <Loaded resource={distributionRules} Body={Rule} />;
}

function Rule({ record }: { record: Row }) {
  const { t } = useTranslation("distribution_rules");
  const { can } = useAccess();
  const { edit, remove, turn, set, dialog } = useCatalogueVerbs({ resource: distributionRules, namespace: "distribution_rules", record, form: RULE, back: LIST });
  const byPerson = record.method !== "POOL";
  return (
    <>
      <RecordPage
        back={LIST}
        title={record.name}
        state={<RuleState rule={record} />}
        verbs={<Verbs verbs={[edit, turn("off", { disabled: true }, !record.disabled), turn("on", { disabled: false }, record.disabled), remove]} />}
        facts={
          <Facts
            resource={distributionRules}
            namespace="distribution_rules"
            record={record}
            shown={{
              // In place, an empty condition could not be told from none.
              filter: (rule) => <ConditionText resource={leads} namespace="leads" filter={rule.filter} none={t("every")} />,
              method: (rule) => t(`values.method.${rule.method}`),
              target_unit_path: (rule) => <UnitName path={rule.target_unit_path} />,
              unit_path: (rule) => <UnitName path={rule.unit_path} />,
              member_capacity: (rule) => <Limit value={rule.member_capacity} />,
              accept_hours: (rule) => (rule.accept_hours > 0 ? t("hours", { count: rule.accept_hours }) : t("no_accept")),
            }}
            groups={[
              { title: t("groups.which"), fields: ["name", "filter", "unit_path"] },
              { title: t("groups.whom"), fields: ["method", "target_unit_path", ...(byPerson ? ["member_capacity"] : ["accept_hours"])] },
              { title: t("groups.more"), fields: ["create_time", "update_time"] },
            ]}
          />
        }
        related={
          <>
            {byPerson ? <Related title={t("fields.member_ids")}><PeopleList ids={(record.member_ids ?? []) as string[]} editable={can("leads.distribution_rule.update")} add={t("member.add")} remove={t("member.remove")} none={t("member.none")} onChange={(member_ids, added) => void set({ member_ids }, t(added ? "member.added" : "member.removed"))} /></Related> : null}
            {can("leads.lead.list") ? <ShortList resource={leads} title={t("preview")} filter={record.filter} order_by="create_time desc" to={`/app/sales/leads?view=all&f=${encodeURIComponent(record.filter)}`} second={(lead) => lead.company} empty={t("preview_none")} aside={(lead) => <DateTime value={lead.create_time} mode="relative" />} /> : null}
          </>
        }
      />
      {dialog}
    </>
  );
}
