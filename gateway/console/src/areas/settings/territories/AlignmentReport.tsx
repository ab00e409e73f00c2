/** What a preview or a run of a model means: how far it is, sums, each territory, some of the customers that move. */
import { Alert } from "antd";
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { usePrefs } from "@app/prefs";
import { Reference } from "@kit/FieldValue";
import { count } from "@kit/format";
import { PlainTable } from "@kit/PlainTable";
import { StateTag, type Tone } from "@kit/values";

interface Part {
  territory_code: string;
  territory_name: string;
  moved_in: number;
  moved_out: number;
  unchanged: number;
  fault?: string;
}

interface Move {
  customer_id: string;
  territory_code: string;
  moved_in: boolean;
}

const TONES: Record<string, Tone> = { QUEUED: "new", RUNNING: "active", DONE: "good", FAILED: "bad" };
const COUNTS = ["moved_in", "moved_out", "unchanged"] as const;

export function AlignmentReport({ alignment }: { alignment: Row }) {
  const { t } = useTranslation("territories");
  const { language } = usePrefs();
  const parts = (alignment.parts ?? []) as Part[];
  const sample = (alignment.sample ?? []) as Move[];
  const named = (code: string) => parts.find((part) => part.territory_code === code)?.territory_name || code;
  const faults = parts.filter((part) => part.fault);
  return (
    <div className="alignment">
      <p role="status">
        <StateTag tone={TONES[alignment.state] ?? "idle"}>{t(`alignment.state.${alignment.state}`)}</StateTag>{" · "}
        {t("alignment.looked_at", { count: Number(alignment.customer_count), formatted: count(language, Number(alignment.customer_count)) })}
      </p>
      {alignment.state_reason ? <Alert type="error" showIcon title={t(`alignment.reasons.${alignment.state_reason}`, { defaultValue: alignment.state_reason })} /> : null}
      {faults.length > 0 ? <Alert type="warning" showIcon title={t("alignment.faults")} description={faults.map((part) => `${part.territory_name}: ${part.fault}`).join("\n")} /> : null}
      <dl className="alignment-totals">
        {COUNTS.map((name) => <div key={name}><dt>{t(`alignment.${name}`)}</dt><dd>{count(language, parts.reduce((sum, part) => sum + Number(part[name]), 0))}</dd></div>)}
      </dl>
      {parts.length > 0 ? (
        <PlainTable caption={t("alignment.parts")} rows={parts} rowKey={(part) => part.territory_code} columns={[
          { key: "territory", title: t("territory.one"), render: (part) => part.territory_name || part.territory_code },
          ...COUNTS.map((name) => ({ key: name, title: t(`alignment.${name}`), align: "end" as const, render: (part: Part) => count(language, Number(part[name])) })),
        ]} />
      ) : null}
      {sample.length > 0 ? (
        <details>
          <summary>{t("alignment.sample", { count: sample.length })}</summary>
          <ul className="crm-lines">
            {sample.map((move) => <li key={`${move.customer_id}${move.territory_code}`}><div><Reference field="customer_id" id={move.customer_id} /></div><span>{t(move.moved_in ? "alignment.into" : "alignment.out_of", { name: named(move.territory_code) })}</span></li>)}
          </ul>
        </details>
      ) : null}
    </div>
  );
}
