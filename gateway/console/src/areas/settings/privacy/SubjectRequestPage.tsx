/** One request: who the person is, what the services hold of them, what becomes of it, and the proof in the end. */
import { useQueryClient } from "@tanstack/react-query";
import { Alert } from "antd";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { useRecord } from "@api/records";
import { subjectRequests } from "@api/resources";
import { Facts } from "@kit/record/Facts";
import { RecordPage } from "@kit/record/RecordPage";
import { Verbs } from "@kit/record/Verbs";
import { Failed, Loading } from "@kit/states";
import { DateTime, PersonName } from "@kit/values";
import { Certificate } from "./Certificate";
import { Findings } from "./Findings";
import { Due, OPEN, RequestState } from "./RequestState";
import { Subjects } from "./Subjects";
import { useRequestVerbs } from "./useRequestVerbs";
import "./privacy.css";

const EVERY_MS = 1000;

export default function SubjectRequestPage() {
  const { t } = useTranslation("privacy");
  const { id = "" } = useParams();
  const client = useQueryClient();
  const found = useRecord(subjectRequests, id);
  const request = found.data;
  const { verbs, dialog } = useRequestVerbs(request);
  const running = request?.state === "RUNNING";
  useEffect(() => {
    if (!running) return undefined;
    const timer = setInterval(() => void client.invalidateQueries({ queryKey: [subjectRequests.schema, "record", id] }), EVERY_MS);
    return () => clearInterval(timer);
  }, [running, client, id]);
  if (found.isPending) return <Loading rows={8} />;
  if (!request) return <Failed error={found.error} retry={() => void found.refetch()} />;
  const open = OPEN.includes(request.state);
  const unfinished = open || running;
  return (
    <>
      <RecordPage
        back="/app/settings/subject-requests"
        title={t(`titles.${request.kind}`)}
        above={request.number}
        state={<RequestState request={request} />}
        verbs={<Verbs verbs={verbs} />}
        highlights={[
          { label: t("fields.receive_time"), value: <DateTime value={request.receive_time} mode="exact" /> },
          unfinished ? { label: t("fields.due_time"), value: <Due request={request} /> } : { label: t("fields.end_time"), value: <DateTime value={request.end_time} mode="exact" /> },
          ...(request.export_expire_time ? [{ label: t("fields.export_expire_time"), value: <DateTime value={request.export_expire_time} mode="exact" overdue /> }] : []),
          { label: t("fields.officer_id"), value: <PersonName id={request.officer_id} /> },
        ]}
        facts={<Facts resource={subjectRequests} namespace="privacy" record={request} editable={open} groups={[{ title: t("groups.request"), fields: ["requester", "identity_check", "legal_basis", "state_reason", "create_time", "update_time"] }]} />}
        timeline={
          <div className="privacy-body">
            {running ? <Alert type="info" showIcon role="status" title={t("running")} description={t("running_text")} /> : null}
            <Subjects request={request} editable={open} />
            <Findings request={request} />
            {request.certificate ? <Certificate request={request} /> : null}
          </div>
        }
      />
      {dialog}
    </>
  );
}
