/** One service policy: for which tickets, what is promised per priority in working time, and by which calendar. */
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { slaPolicies, tickets } from "@api/resources";
import { useAccess } from "@app/access";
import { ConditionText } from "@kit/catalogue/ConditionText";
import { Loaded } from "@kit/catalogue/Loaded";
import { useCatalogueVerbs } from "@kit/catalogue/useCatalogueVerbs";
import { Reference } from "@kit/FieldValue";
import { LinesEditor } from "@kit/lines/LinesEditor";
import { Facts } from "@kit/record/Facts";
import { RecordPage } from "@kit/record/RecordPage";
import { Verbs } from "@kit/record/Verbs";
import { Empty } from "@kit/states";
import { StateTag } from "@kit/values";
import { policyForm } from "./form";
import { Minutes } from "./Minutes";

const LIST = "/app/service/promises";
const PAUSED = ["PENDING_CUSTOMER", "ON_HOLD"];
const SPANS = ["first_response_minutes", "next_response_minutes", "resolution_minutes"];

export default function PolicyPage() {
  return <Loaded resource={slaPolicies} Body={Policy} />;
}

function Policy({ record }: { record: Row }) {
  const { t } = useTranslation(["promises", "tickets", "catalogue"]);
  const { can } = useAccess();
  const verbs = useCatalogueVerbs({ resource: slaPolicies, namespace: "promises", record, form: policyForm(Boolean(record.is_default)), back: LIST });
  const states = (names: string[]) => names.map((state) => t(`tickets:values.state.${state}`)).join(" · ");
  const promise = (lines: Record<string, unknown>[]) => verbs.set({ targets: lines.map((line) => ({ ...line, ...Object.fromEntries(SPANS.map((name) => [name, Number(line[name] || 0)])) })) }, t("targets.saved"));
  return (
    <>
      <RecordPage
        back={LIST}
        title={record.name}
        state={<StateTag tone={record.disabled ? "done" : record.is_default ? "active" : "good"}>{t(record.disabled ? "state.off" : record.is_default ? "state.default" : "state.on")}</StateTag>}
        verbs={<Verbs verbs={[verbs.edit, verbs.turn("off", { disabled: true }, !record.disabled && !record.is_default), verbs.turn("on", { disabled: false }, record.disabled), { ...verbs.makeDefault, enabled: !record.is_default && !record.filter }, verbs.remove]} />}
        body={
          <LinesEditor plain title={t("fields.targets")} schema="service_desk.SlaTargets" namespace="promises" field="targets" lines={(record.targets ?? []) as Row[]} editable={can("service_desk.sla_policy.update")} blank={{ priority: "NORMAL" }} onSave={promise} empty={<Empty title={t("targets.none")} text={t("targets.none_text")} />} columns={[
            { field: "priority", width: 120 },
            ...SPANS.flatMap((field) => [
              { field, label: t(`targets.${field}`), only: "read" as const, align: "end" as const, render: (target: Row) => <Minutes value={target[field]} none={t("targets.nothing")} /> },
              { field, width: 150, only: "edit" as const, align: "end" as const },
            ]),
          ]} />
        }
        facts={
          <Facts
            resource={slaPolicies}
            namespace="promises"
            record={record}
            shown={{
              filter: (policy) => <ConditionText resource={tickets} namespace="tickets" filter={policy.filter} none={t(policy.is_default ? "all_others" : "everything")} />,
              calendar_id: (policy) => (policy.calendar_id ? <Reference field="calendar_id" id={policy.calendar_id} /> : t("default_calendar")),
              pause_states: (policy) => states(policy.pause_states?.length ? policy.pause_states : PAUSED),
              close_after_minutes: (policy) => <Minutes value={policy.close_after_minutes} none={t("catalogue:never")} />,
              reopen_days: (policy) => (policy.reopen_days > 0 ? t("catalogue:days", { count: policy.reopen_days }) : t("catalogue:never")),
            }}
            groups={[
              { title: t("groups.which"), fields: ["name", ...(record.is_default ? [] : ["filter"])] },
              { title: t("groups.count"), fields: ["calendar_id", "pause_states", "close_after_minutes", "reopen_days"] },
              { title: t("groups.more"), fields: ["create_time", "update_time"] },
            ]}
          />
        }
      />
      {verbs.dialog}
    </>
  );
}
