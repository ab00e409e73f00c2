/** Commands over several services that wait for a person: go on, or undo with a reason. */
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@api/transport";
import { useAccess } from "@app/access";
import { ActorName } from "@kit/ActorName";
import { humanised } from "@kit/format";
import { PlainTable } from "@kit/PlainTable";
import { VerbDialog } from "@kit/record/VerbDialog";
import { toast } from "@kit/toasts";
import { DateTime } from "@kit/values";
import { usePermissionNames } from "../permissions";

export interface Operation {
  service: string;
  id: string;
  kind: string;
  business_key?: string;
  step?: string;
  attempts?: number;
  error?: string;
  actor?: string;
  create_time?: string;
  cancellable?: boolean;
}

export function Operations({ operations, onDone }: { operations: Operation[]; onDone: () => Promise<unknown> }) {
  const { t } = useTranslation("system_status");
  const { can } = useAccess();
  const names = usePermissionNames();
  const [cancelling, cancel] = useState<Operation>();
  const path = (operation: Operation, verb: string) => `/v1/services/${operation.service.replaceAll("_", "-")}/operations/${operation.id}:${verb}`;
  const retry = async (operation: Operation) => {
    try {
      await call("POST", path(operation, "retry"), { body: {} });
      await onDone();
      toast.done(t("done.retry"));
    } catch (refusal) {
      toast.refused(refusal);
    }
  };
  return (
    <section className="crm-panel settings-section">
      <div className="crm-panel-head"><h2>{t("operations.title")}</h2></div>
      {operations.length === 0 ? <p className="crm-muted">{t("operations.none")}</p> : (
        <PlainTable caption={t("operations.title")} rows={operations} rowKey={(operation) => operation.id} columns={[
          { key: "kind", title: t("operations.kind"), render: (operation) => <>{humanised(operation.kind)}<small>{names.service(operation.service.replaceAll("-", "_"))} · {operation.business_key}</small></> },
          { key: "step", title: t("operations.step"), render: (operation) => <>{operation.step}<small>{t("attempts", { count: operation.attempts ?? 0 })}</small></> },
          { key: "error", title: t("error"), render: (operation) => operation.error },
          { key: "actor", title: t("operations.actor"), render: (operation) => <><ActorName actor={operation.actor} /><small><DateTime value={operation.create_time} mode="relative" /></small></> },
          { key: "verbs", title: t("verbs"), actions: true, render: (operation) => (
            <>
              {can("ops.operation.retry") ? <Button size="small" onClick={() => void retry(operation)}>{t("retry")}</Button> : null}{" "}
              {can("ops.operation.cancel") && operation.cancellable ? <Button size="small" danger onClick={() => cancel(operation)}>{t("cancel")}</Button> : null}
            </>
          ) },
        ]} />
      )}
      {cancelling ? <VerbDialog title={t("cancel")} operation="ops_CancelOperation" namespace="system_status" fields={["reason"]} required={["reason"]} intro={<p>{t("operations.cancel_text")}</p>} onClose={() => cancel(undefined)} onSubmit={async (values) => { await call("POST", path(cancelling, "cancel"), { body: values }); await onDone(); toast.done(t("done.cancel")); }} /> : null}
    </section>
  );
}
