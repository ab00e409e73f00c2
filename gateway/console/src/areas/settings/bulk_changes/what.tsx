/** What a bulk change did, in words: the kind of record, the verb, the fields. */
import { useTranslation } from "react-i18next";
import type { BulkChange } from "@api/bulk";
import { collected } from "@api/resources";
import { useLabels } from "@kit/labels";
import { StateTag } from "@kit/values";
import { usePermissionNames } from "../permissions";

const TONES = { QUEUED: "idle", RUNNING: "active", DONE: "good", CANCELLED: "warn", FAILED: "bad" } as const;

export function BulkChangeState({ change }: { change: BulkChange }) {
  const { t } = useTranslation("bulk_changes");
  return <StateTag tone={TONES[change.state]}>{t(`states.${change.state}`)}</StateTag>;
}

export function What({ change }: { change: BulkChange }) {
  const { t } = useTranslation("bulk_changes");
  const names = usePermissionNames();
  const labels = useLabels(change.resource.replaceAll("-", "_"));
  const resource = collected(change.service, change.resource);
  const kind = resource ? names.resource("", resource.permission.split(".")[1] ?? "") : change.resource;
  const fields = Object.keys(change.body ?? {}).map((name) => labels.label(name)).join(t("counts.join"));
  const verb = change.verb === "update" ? (fields ? t("update_of", { fields }) : t("update")) : names.action(`..${snake(change.verb)}`);
  return <>{kind} · {verb}</>;
}

const snake = (verb: string): string => verb.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
