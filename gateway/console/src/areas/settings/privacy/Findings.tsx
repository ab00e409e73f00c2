/** What the services hold of the person, and what an erasure leaves of it. */
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { usePrefs } from "@app/prefs";
import { count, humanised } from "@kit/format";
import { PlainTable, type PlainColumn } from "@kit/PlainTable";
import { Day, StateTag, type Tone } from "@kit/values";
import { usePermissionNames } from "../permissions";

interface Finding {
  service: string;
  record_type: string;
  count: number;
  outcome: string;
  reason?: string;
  kept_until?: string;
}

const TONES: Record<string, Tone> = { ERASED: "bad", ANONYMISED: "active", KEPT: "done" };

export function Findings({ request }: { request: Row }) {
  const { t } = useTranslation("privacy");
  const { language } = usePrefs();
  const names = usePermissionNames();
  const findings = (request.findings ?? []) as Finding[];
  const columns: PlainColumn<Finding>[] = [
    { key: "service", title: t("findings.service"), render: (each) => names.service(each.service.replaceAll("-", "_")) },
    { key: "record", title: t("findings.record"), render: (each) => t(`record_types.${each.record_type}`, { defaultValue: humanised(each.record_type) }) },
    { key: "count", title: t("findings.count"), align: "end", render: (each) => count(language, Number(each.count)) },
  ];
  const outcome: PlainColumn<Finding> = {
    key: "outcome",
    title: t("findings.outcome"),
    render: (each) => (
      <>
        <StateTag tone={TONES[each.outcome] ?? "idle"}>{t(`findings.${each.outcome}`)}</StateTag>
        {each.reason ? <small>{t(`findings.reasons.${each.reason}`, { defaultValue: each.reason })} {each.kept_until ? <>{t("findings.until")} <Day value={each.kept_until} /></> : null}</small> : null}
      </>
    ),
  };
  return (
    <section>
      <div className="crm-panel-head"><h2>{t(request.state === "DONE" && request.kind === "ERASURE" ? "findings.became" : "findings.title")}</h2></div>
      {findings.length === 0 ? <p className="crm-muted">{t(request.state === "RECEIVED" ? "findings.not_yet" : "findings.none")}</p> : <PlainTable caption={t("findings.title")} rows={findings} rowKey={(each) => `${each.service}.${each.record_type}.${each.outcome}`} columns={request.kind === "ERASURE" ? [...columns, outcome] : columns} />}
    </section>
  );
}
