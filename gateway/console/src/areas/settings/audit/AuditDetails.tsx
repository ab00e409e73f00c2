/** One entry of the trail: what changed from what to what, and its place in the chain. */
import { Modal } from "antd";
import { useTranslation } from "react-i18next";
import { ActorName } from "@kit/ActorName";
import { humanised } from "@kit/format";
import { PlainTable } from "@kit/PlainTable";
import { UnitName } from "@kit/units";
import { DateTime } from "@kit/values";
import { usePermissionNames } from "../permissions";

export interface AuditEntry {
  id: string;
  action: string;
  record_type?: string;
  record_id?: string;
  actor?: string;
  on_behalf_of?: string;
  cause_id?: string;
  address?: string;
  unit_path?: string;
  details?: string;
  time?: string;
  chain_seq?: string;
  hash?: string;
  erased?: boolean;
}

interface Changed {
  field: string;
  old: unknown;
  new: unknown;
}

export function AuditDetails({ entry, onClose }: { entry: AuditEntry; onClose: () => void }) {
  const { t } = useTranslation("audit");
  const names = usePermissionNames();
  const changes = changesOf(entry.details ?? "");
  const facts: [string, React.ReactNode][] = [
    [t("time"), <DateTime key="time" value={entry.time} mode="exact" />],
    [t("actor"), <ActorName key="actor" actor={entry.actor} />],
    [t("record"), <span key="record">{names.resource("", entry.record_type ?? "")} {entry.record_id}</span>],
    [t("unit"), entry.unit_path ? <UnitName key="unit" path={entry.unit_path} /> : ""],
    [t("address"), entry.address],
    [t("cause"), entry.cause_id],
    [t("chain"), Number(entry.chain_seq) > 0 ? t("sealed", { position: entry.chain_seq }) : t("unsealed")],
    [t("hash"), entry.hash],
  ];
  return (
    <Modal open title={t(`actions.${entry.action}`, { defaultValue: entry.action })} footer={null} onCancel={onClose} width={760}>
      <dl className="settings-facts">{facts.filter(([, value]) => value).map(([label, value]) => <div key={label} style={{ display: "contents" }}><dt>{label}</dt><dd>{value}</dd></div>)}</dl>
      {entry.erased ? <p className="crm-muted">{t("erased")}</p> : changes ? (
        <PlainTable caption={t("changes")} rows={changes} rowKey={(change) => change.field} columns={[
          { key: "field", title: t("field"), render: (change) => humanised(change.field) },
          { key: "old", title: t("before"), render: (change) => written(change.old) },
          { key: "new", title: t("after"), render: (change) => written(change.new) },
        ]} />
      ) : entry.details ? <pre className="settings-details">{pretty(entry.details)}</pre> : null}
    </Modal>
  );
}

/** Fields with their old and new value, or null when the details say something else. */
export function changesOf(details: string): Changed[] | null {
  const parsed = json(details);
  if (!parsed || typeof parsed !== "object" || Array.isArray(parsed)) return null;
  const changes = Object.entries(parsed).map(([field, value]) => (value && typeof value === "object" && ("old" in value || "new" in value) ? { field, old: (value as Changed).old, new: (value as Changed).new } : null));
  return changes.length > 0 && changes.every((change) => change !== null) ? changes : null;
}

const pretty = (details: string): string => JSON.stringify(json(details) ?? details, null, 2);
const written = (value: unknown): string => (value === null || value === undefined || value === "" ? "—" : typeof value === "object" ? JSON.stringify(value) : String(value));

function json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
