/** Events a service received but could not apply: try again, or give up for good with a reason. */
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@api/transport";
import { useAccess } from "@app/access";
import { PlainTable } from "@kit/PlainTable";
import { VerbDialog } from "@kit/record/VerbDialog";
import { toast } from "@kit/toasts";
import { DateTime, StateTag } from "@kit/values";
import { usePermissionNames } from "../permissions";

export interface DeadLetter {
  service: string;
  consumer: string;
  event_id: string;
  event_type: string;
  state: string;
  attempts?: number;
  error?: string;
  receive_time?: string;
}

export function DeadLetters({ letters, onDone }: { letters: DeadLetter[]; onDone: () => Promise<unknown> }) {
  const { t } = useTranslation("system_status");
  const { can } = useAccess();
  const names = usePermissionNames();
  const [discarding, discard] = useState<DeadLetter>();
  const path = (letter: DeadLetter, verb: string) => `/v1/services/${letter.service.replaceAll("_", "-")}/dead-letters/${letter.event_id}:${verb}`;
  const retry = async (letter: DeadLetter) => {
    try {
      await call("POST", path(letter, "retry"), { body: { consumer: letter.consumer } });
      await onDone();
      toast.done(t("done.retry"));
    } catch (refusal) {
      toast.refused(refusal);
    }
  };
  return (
    <section className="crm-panel settings-section">
      <div className="crm-panel-head"><h2>{t("letters.title")}</h2></div>
      {letters.length === 0 ? <p className="crm-muted">{t("letters.none")}</p> : (
        <PlainTable caption={t("letters.title")} rows={letters} rowKey={(letter) => `${letter.consumer} ${letter.event_id}`} columns={[
          { key: "event", title: t("letters.event"), render: (letter) => <><span title={letter.event_type}>{letter.event_type.split(".").pop()}</span><small>{names.service(letter.service.replaceAll("-", "_"))} · {letter.consumer}</small></> },
          { key: "state", title: t("state"), render: (letter) => <StateTag tone={letter.state === "dead" ? "bad" : "warn"}>{t(`letters.states.${letter.state}`, { defaultValue: letter.state })}</StateTag> },
          { key: "error", title: t("error"), render: (letter) => <>{letter.error}<small>{t("attempts", { count: letter.attempts ?? 0 })}</small></> },
          { key: "time", title: t("letters.received"), render: (letter) => <DateTime value={letter.receive_time} mode="relative" /> },
          { key: "verbs", title: t("verbs"), actions: true, render: (letter) => letter.state === "dead" ? (
            <>
              {can("ops.dead_letter.retry") ? <Button size="small" onClick={() => void retry(letter)}>{t("retry")}</Button> : null}{" "}
              {can("ops.dead_letter.discard") ? <Button size="small" danger onClick={() => discard(letter)}>{t("discard")}</Button> : null}
            </>
          ) : null },
        ]} />
      )}
      {discarding ? <VerbDialog title={t("discard")} operation="ops_DiscardDeadLetter" namespace="system_status" fields={["reason"]} required={["reason"]} intro={<p>{t("letters.discard_text")}</p>} onClose={() => discard(undefined)} onSubmit={async (values) => { await call("POST", path(discarding, "discard"), { body: { ...values, consumer: discarding.consumer } }); await onDone(); toast.done(t("done.discard")); }} /> : null}
    </section>
  );
}
