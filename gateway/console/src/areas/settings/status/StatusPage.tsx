/** Which services answer, which commands are stuck, which events could not be applied; looked at again every 15 seconds. */
import { useQueries, useQueryClient } from "@tanstack/react-query";
import { ReloadOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { isApiError } from "@api/errors";
import { call } from "@api/transport";
import { PageHeader } from "@kit/PageHeader";
import { PlainTable } from "@kit/PlainTable";
import { StateTag, type Tone } from "@kit/values";
import { usePermissionNames } from "../permissions";
import { SERVICES } from "../services";
import { DeadLetters, type DeadLetter } from "./DeadLetters";
import { Operations, type Operation } from "./Operations";
import "@kit/record/record.css";
import "../settings.css";

const REFRESH_MS = 15_000;

interface Status {
  service: string;
  operations: Operation[];
  letters: DeadLetter[];
  milliseconds: number;
}

async function look(service: string, signal: AbortSignal): Promise<Status> {
  const from = performance.now();
  const of = `/v1/services/${service}`;
  const { operations = [] } = await call<{ operations?: Operation[] }>("GET", `${of}/operations`, { query: { page_size: 200 }, signal });
  const milliseconds = performance.now() - from;
  const { dead_letters: letters = [] } = await call<{ dead_letters?: DeadLetter[] }>("GET", `${of}/dead-letters`, { query: { page_size: 200 }, signal });
  return { service, operations, letters, milliseconds };
}

export default function StatusPage() {
  const { t } = useTranslation("system_status");
  const names = usePermissionNames();
  const client = useQueryClient();
  const asked = useQueries({ queries: SERVICES.map((service) => ({ queryKey: ["ops.Status", service], queryFn: ({ signal }: { signal: AbortSignal }) => look(service, signal), refetchInterval: REFRESH_MS, retry: false })) });
  const reload = () => client.invalidateQueries({ queryKey: ["ops.Status"] });
  const lines = SERVICES.map((service, index) => ({ service, query: asked[index] }));
  const operations = asked.flatMap((query) => query.data?.operations ?? []);
  const letters = asked.flatMap((query) => query.data?.letters ?? []);
  const tone = (line: (typeof lines)[number]): [Tone, string] => {
    if (line.query?.isPending) return ["idle", t("asking")];
    if (!line.query?.isError) return ["good", t("ready")];
    const down = isApiError(line.query.error) && ["down", "offline"].includes(line.query.error.kind);
    return down ? ["bad", t("down")] : ["warn", isApiError(line.query.error) ? line.query.error.message : t("down")];
  };
  return (
    <>
      <PageHeader title={t("title")} actions={<Button icon={<ReloadOutlined spin={asked.some((query) => query.isFetching)} />} onClick={() => void reload()}>{t("reload")}</Button>} />
      <section className="crm-panel settings-section">
        <div className="crm-panel-head"><h2>{t("services")}</h2></div>
        <PlainTable caption={t("services")} rows={lines} rowKey={(line) => line.service} columns={[
          { key: "service", title: t("service"), render: (line) => names.service(line.service.replaceAll("-", "_")) },
          { key: "state", title: t("state"), render: (line) => <StateTag tone={tone(line)[0]}>{tone(line)[1]}</StateTag> },
          { key: "time", title: t("answered"), align: "end", render: (line) => (line.query?.data ? t("milliseconds", { number: Math.round(line.query.data.milliseconds) }) : "—") },
          { key: "operations", title: t("stuck"), align: "end", render: (line) => line.query?.data?.operations.length ?? "—" },
          { key: "letters", title: t("dead"), align: "end", render: (line) => line.query?.data?.letters.length ?? "—" },
        ]} />
      </section>
      <Operations operations={operations} onDone={reload} />
      <DeadLetters letters={letters} onDone={reload} />
    </>
  );
}
