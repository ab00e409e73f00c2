/** One conflict: both sides next to one another, what speaks for one party, and the arbiter's decision, which is final. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Row, useVerb } from "@api/records";
import { conflicts, leads } from "@api/resources";
import { useAccess } from "@app/access";
import { ActorName } from "@kit/ActorName";
import { Loaded } from "@kit/catalogue/Loaded";
import { Facts } from "@kit/record/Facts";
import { RecordPage, Related } from "@kit/record/RecordPage";
import { VerbDialog } from "@kit/record/VerbDialog";
import { type Verb, Verbs } from "@kit/record/Verbs";
import { toast } from "@kit/toasts";
import { UnitName } from "@kit/units";
import { DateTime, Day } from "@kit/values";
import { ConflictState } from "./ConflictState";
import { Evidence, Likeness } from "./Likeness";
import { Side } from "./Side";

const DECISIONS = ["HELD_BY_HOLDER", "GIVEN_TO_SUBMITTER", "SPLIT", "REJECTED"];

export default function ConflictPage() {
  return <Loaded resource={conflicts} Body={Conflict} />;
}

function Conflict({ record }: { record: Row }) {
  const { t } = useTranslation("conflicts");
  const { can } = useAccess();
  const client = useQueryClient();
  const verb = useVerb(conflicts);
  const [decision, decide] = useState("");
  const pending = record.state === "PENDING";
  const verbs = DECISIONS.map((state): Verb => ({ key: state, label: t(`verbs.${state}`), permission: "leads.conflict.decide", enabled: pending, danger: state === "REJECTED", run: () => decide(state) }));
  const submit = async (values: object) => {
    await verb.mutateAsync({ id: record.id, verb: "decide", body: { ...values, state: decision }, etag: record.etag });
    await client.invalidateQueries({ queryKey: [leads.schema] });
    toast.done(t(`done.${decision}`));
  };
  const holder = record.holder_customer_id ? { field: "customer_id", id: record.holder_customer_id } : { field: "lead_id", id: record.holder_lead_id };
  return (
    <>
      <RecordPage
        back={can("leads.conflict.decide") ? "/app/sales/conflicts" : "/app/sales/leads"}
        title={conflicts.title(record) || t("one")}
        state={<ConflictState conflict={record} />}
        verbs={<Verbs verbs={verbs} />}
        highlights={[
          ...(record.score ? [{ label: t("fields.score"), value: <Likeness conflict={record} /> }] : []),
          { label: t("fields.protected_until_date"), value: <Day value={record.protected_until_date} /> },
          ...(pending ? [{ label: t("fields.decide_due_time"), value: <DateTime value={record.decide_due_time} mode="relative" overdue /> }] : [{ label: t("fields.decide_time"), value: <DateTime value={record.decide_time} /> }]),
        ]}
        body={
          <div className="conflict-sides">
            <Side title={t("submitter")} side={record.submitter as Row | undefined} record={{ field: "lead_id", id: record.lead_id }} />
            <Side title={t("holder")} side={record.holder as Row | undefined} record={holder} />
          </div>
        }
        facts={
          <Facts resource={conflicts} namespace="conflicts" record={record} editable={false} shown={{ unit_path: (conflict) => <UnitName path={conflict.unit_path} />, submitted_by: (conflict) => <ActorName actor={conflict.submitted_by} />, ...(pending ? {} : { decided_by: (conflict: Row) => <ActorName actor={conflict.decided_by} /> }) }} groups={[
            { title: t("groups.decision"), fields: ["decided_by", "decide_time", "reason", "answer"] },
            { title: t("groups.more"), fields: ["submitted_by", "unit_path", "create_time"] },
          ]} />
        }
        related={record.because?.length ? <Related title={t("fields.because")}><Evidence conflict={record} /></Related> : null}
      />
      {decision ? <VerbDialog title={t(`verbs.${decision}`)} operation="leads_DecideConflict" namespace="conflicts" fields={["reason", "answer"]} intro={<p>{t(`texts.${decision}`)} {t("texts.final")}</p>} onSubmit={submit} onClose={() => decide("")} /> : null}
    </>
  );
}
