/** One legal hold: whom it holds, why, until when; released with a reason. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { useRecord, useVerb } from "@api/records";
import { legalHolds } from "@api/resources";
import { Facts } from "@kit/record/Facts";
import { RecordPage } from "@kit/record/RecordPage";
import { VerbDialog } from "@kit/record/VerbDialog";
import { Verbs } from "@kit/record/Verbs";
import { Failed, Loading } from "@kit/states";
import { toast } from "@kit/toasts";
import { DateTime, PersonName } from "@kit/values";
import { HoldState } from "./HoldState";
import { SubjectLink } from "./SubjectLink";

export default function LegalHoldPage() {
  const { t } = useTranslation("privacy");
  const { id = "" } = useParams();
  const found = useRecord(legalHolds, id);
  const verb = useVerb(legalHolds);
  const [releasing, release] = useState(false);
  const hold = found.data;
  if (found.isPending) return <Loading rows={6} />;
  if (!hold) return <Failed error={found.error} retry={() => void found.refetch()} />;
  const end = async (values: object) => {
    await verb.mutateAsync({ id, verb: "release", body: values, etag: hold.etag });
    toast.done(t("done.release"));
  };
  return (
    <>
      <RecordPage
        back="/app/settings/legal-holds"
        title={hold.reason}
        state={<HoldState hold={hold} />}
        verbs={<Verbs verbs={[{ key: "release", label: t("holds.release"), permission: "customers.legal_hold.release", enabled: !hold.release_time, run: () => release(true) }]} />}
        highlights={[
          { label: t("fields.record_id"), value: <SubjectLink resource={String(hold.resource)} id={String(hold.record_id)} /> },
          { label: t("fields.placer_id"), value: <PersonName id={hold.placer_id} /> },
          { label: t("fields.create_time"), value: <DateTime value={hold.create_time} mode="exact" /> },
        ]}
        facts={<Facts resource={legalHolds} namespace="privacy" record={hold} editable={false} groups={[{ title: t("groups.hold"), fields: ["reason", "until_time", "release_time", "release_reason", "releaser_id"] }]} />}
      />
      {releasing ? <VerbDialog title={t("holds.release")} operation="customers_ReleaseLegalHold" namespace="privacy" fields={["reason"]} intro={<p>{t("holds.release_text")}</p>} onSubmit={end} onClose={() => release(false)} /> : null}
    </>
  );
}
