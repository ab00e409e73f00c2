/** One transfer: what each service handed over so far. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { useRecord, useVerb } from "@api/records";
import { transfers } from "@api/resources";
import { usePrefs } from "@app/prefs";
import { count } from "@kit/format";
import { PlainTable } from "@kit/PlainTable";
import { Facts } from "@kit/record/Facts";
import { RecordPage } from "@kit/record/RecordPage";
import { Verbs } from "@kit/record/Verbs";
import { Failed, Loading } from "@kit/states";
import { toast } from "@kit/toasts";
import { PersonName, StateTag } from "@kit/values";
import { usePermissionNames } from "../permissions";
import { TransferState } from "./TransferState";

interface Part {
  service: string;
  done: boolean;
  moved?: Record<string, number>;
}

export default function TransferPage() {
  const { t } = useTranslation("transfers");
  const { id = "" } = useParams();
  const { language } = usePrefs();
  const names = usePermissionNames();
  const client = useQueryClient();
  const verb = useVerb(transfers);
  const found = useRecord(transfers, id);
  const transfer = found.data;
  const running = transfer?.state === "RUNNING";
  useEffect(() => {
    if (!running) return undefined;
    const timer = setInterval(() => void client.invalidateQueries({ queryKey: [transfers.schema, "record", id] }), 2000);
    return () => clearInterval(timer);
  }, [running, client, id]);
  if (found.isPending) return <Loading rows={8} />;
  if (!transfer) return <Failed error={found.error} retry={() => void found.refetch()} />;
  const cancel = async () => {
    await verb.mutateAsync({ id, verb: "cancel", etag: transfer.etag });
    toast.done(t("done.cancelled"));
  };
  const parts = (transfer.parts ?? []) as Part[];
  const moved = (part: Part) => Object.entries(part.moved ?? {}).map(([kind, number]) => `${names.resource("", kind.split(".")[1] ?? kind)} ${count(language, Number(number))}`).join(" · ");
  return (
    <RecordPage
      back="/app/settings/transfers"
      title={t("one")}
      state={<TransferState transfer={transfer} />}
      verbs={<Verbs verbs={[{ key: "cancel", label: t("verbs.cancel"), permission: "identity.transfer.cancel", enabled: transfer.state === "SCHEDULED", run: cancel, danger: true }]} />}
      highlights={[{ label: t("fields.from_user_id"), value: <PersonName id={transfer.from_user_id} /> }, { label: t("fields.to_user_id"), value: <PersonName id={transfer.to_user_id} /> }]}
      facts={<Facts resource={transfers} namespace="transfers" record={transfer} editable={false} groups={[{ title: t("groups.transfer"), fields: ["reason", "effective_time", "disable_user", "keep_reading", "kinds", "create_time", "update_time"] }]} />}
      timeline={
        <>
          <div className="crm-panel-head"><h2>{t("parts.title")}</h2></div>
          {parts.length === 0 ? <p className="crm-muted">{t("parts.none")}</p> : (
            <PlainTable caption={t("parts.title")} rows={parts} rowKey={(part) => part.service} columns={[
              { key: "service", title: t("parts.service"), render: (part) => names.service(part.service) },
              { key: "state", title: t("fields.state"), render: (part) => <StateTag tone={part.done ? "good" : "active"}>{t(part.done ? "parts.done" : "parts.working")}</StateTag> },
              { key: "moved", title: t("parts.moved"), render: (part) => moved(part) || t("parts.nothing") },
            ]} />
          )}
        </>
      }
    />
  );
}
