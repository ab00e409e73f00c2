/** What must not be erased while somebody has to be able to prove it. */
import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { create } from "@api/records";
import { legalHolds } from "@api/resources";
import { useAccess } from "@app/access";
import type { Column } from "@kit/list/columns";
import { RecordList } from "@kit/list/RecordList";
import type { View } from "@kit/list/state";
import { VerbDialog } from "@kit/record/VerbDialog";
import { Empty } from "@kit/states";
import { toast } from "@kit/toasts";
import { HoldState } from "./HoldState";
import { SubjectLink } from "./SubjectLink";
import { SubjectPicker, subjectOf } from "./SubjectPicker";
import "./privacy.css";

export default function LegalHoldsPage() {
  const { t } = useTranslation("privacy");
  const { can } = useAccess();
  const client = useQueryClient();
  const [adding, add] = useState(false);
  const views = useMemo<View[]>(() => [{ id: "all", name: t("views.all"), filter: "", order_by: "create_time desc" }, { id: "standing", name: t("views.standing"), filter: "NOT release_time:*", order_by: "create_time desc" }], [t]);
  const columns = useMemo<Column[]>(
    () => [
      { field: "reason", width: 320, primary: true },
      { field: "record_id", width: 220, sort: false, render: (hold) => <SubjectLink resource={String(hold.resource)} id={String(hold.record_id)} /> },
      { field: "release_time", width: 130, sort: false, render: (hold) => <HoldState hold={hold} /> },
      { field: "until_time", width: 140 },
      { field: "placer_id", width: 170 },
      { field: "create_time", width: 130 },
    ],
    [],
  );
  const save = async ({ record_id, ...values }: Record<string, unknown>) => {
    const { resource, id } = subjectOf(String(record_id));
    await create(legalHolds, { ...values, resource, record_id: id });
    await client.invalidateQueries({ queryKey: [legalHolds.schema] });
    toast.done(t("done.hold"));
  };
  const action = can("customers.legal_hold.create") ? <Button type="primary" onClick={() => add(true)}>{t("holds.create")}</Button> : null;
  return (
    <>
      <RecordList resource={legalHolds} namespace="privacy" title={t("holds.title")} views={views} columns={columns} actions={action} empty={<Empty title={t("holds.empty")} text={t("holds.empty_text")} action={action} />} />
      {adding ? (
        <VerbDialog title={t("holds.create")} operation={legalHolds.schema} namespace="privacy" fields={["record_id", "reason", "until_time"]} intro={<p>{t("holds.text")}</p>}
          inputs={{ record_id: (props) => <SubjectPicker {...props} /> }} onSubmit={save} onClose={() => add(false)} />
      ) : null}
    </>
  );
}
