/** What persons ask about their data, the most urgent first. */
import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { create } from "@api/records";
import { subjectRequests } from "@api/resources";
import { useAccess } from "@app/access";
import type { Column } from "@kit/list/columns";
import { RecordList } from "@kit/list/RecordList";
import type { View } from "@kit/list/state";
import { VerbDialog } from "@kit/record/VerbDialog";
import { Empty } from "@kit/states";
import { Due, RequestState } from "./RequestState";
import { SubjectPicker, subjectOf } from "./SubjectPicker";
import "./privacy.css";

export default function SubjectRequestsPage() {
  const { t } = useTranslation("privacy");
  const { can } = useAccess();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [adding, add] = useState(false);
  const views = useMemo<View[]>(
    () => [
      { id: "open", name: t("views.open"), filter: "state = (RECEIVED OR DISCOVERED OR RUNNING)", order_by: "due_time" },
      { id: "overdue", name: t("views.overdue"), filter: "overdue = true AND state = (RECEIVED OR DISCOVERED OR RUNNING)", order_by: "due_time" },
      { id: "all", name: t("views.all"), filter: "", order_by: "create_time desc" },
    ],
    [t],
  );
  const columns = useMemo<Column[]>(
    () => [
      { field: "number", width: 150, primary: true },
      { field: "kind", width: 110 },
      { field: "state", width: 110, render: (request) => <RequestState request={request} /> },
      { field: "due_time", width: 210, render: (request) => <Due request={request} /> },
      { field: "requester", width: 190, sort: false },
      { field: "officer_id", width: 150 },
      { field: "create_time", width: 100 },
    ],
    [],
  );
  const save = async ({ subjects, ...values }: Record<string, unknown>) => {
    const request = await create(subjectRequests, { ...values, subjects: (subjects as string[]).map(subjectOf) });
    await client.invalidateQueries({ queryKey: [subjectRequests.schema] });
    void navigate(subjectRequests.page(request.id));
  };
  const action = can("customers.subject_request.create") ? <Button type="primary" onClick={() => add(true)}>{t("create.title")}</Button> : null;
  return (
    <>
      <RecordList resource={subjectRequests} namespace="privacy" title={t("title")} views={views} columns={columns} actions={action} empty={<Empty title={t("empty.title")} text={t("empty.text")} action={action} />} />
      {adding ? (
        <VerbDialog title={t("create.title")} operation={subjectRequests.schema} namespace="privacy" fields={["kind", "subjects", "requester", "identity_check"]} more={["legal_basis", "receive_time"]} intro={<p>{t("create.text")}</p>} submitLabel={t("create.submit")}
          inputs={{ subjects: (props) => <SubjectPicker {...props} multiple /> }} onSubmit={save} onClose={() => add(false)} />
      ) : null}
    </>
  );
}
