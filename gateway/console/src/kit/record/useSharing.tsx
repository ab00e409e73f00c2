/**
 * "Share" and "who can see this" for any record: `const sharing = useSharing(leads, lead)`, then
 * `<Verbs verbs={[...verbs, ...sharing.verbs]} />` and `{sharing.dialog}`. Both stand in the menu of the page.
 */
import { lazy, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Resource, Row } from "@api/records";
import { Part } from "@app/Part";
import type { Verb } from "./Verbs";

const ShareDialog = lazy(() => import("./ShareDialog"));
const AccessDialog = lazy(() => import("./AccessDialog"));

export function useSharing(resource: Resource, record: Row | undefined): { verbs: Verb[]; dialog: ReactNode } {
  const { t } = useTranslation("kit");
  const [open, setOpen] = useState<"share" | "access" | "">("");
  if (!record) return { verbs: [], dialog: null };
  const close = () => setOpen("");
  const verbs: Verb[] = [
    { key: "share", label: t("share.verb"), permission: "ops.share.list", enabled: true, rare: true, run: () => setOpen("share") },
    { key: "access", label: t("access.verb"), permission: "ops.record_access.explain", enabled: true, rare: true, run: () => setOpen("access") },
  ];
  const dialog = (
    <Part>
      {open === "share" ? <ShareDialog resource={resource} record={record} onClose={close} /> : null}
      {open === "access" ? <AccessDialog resource={resource} record={record} onClose={close} /> : null}
    </Part>
  );
  return { verbs, dialog };
}

/** Service and kind of a record as the operations of every service name them. */
export function placeOf(resource: Resource): { service: string; kind: string } {
  const [service = "", kind = ""] = resource.permission.split(".");
  return { service: service.replaceAll("_", "-"), kind };
}
