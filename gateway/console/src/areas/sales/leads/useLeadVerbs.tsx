/** What can be done with a lead in its present state; returns the verbs and the dialog that one of them opened. */
import { lazy, type ReactNode, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useQueryClient } from "@tanstack/react-query";
import { type Row, useVerb } from "@api/records";
import { leads } from "@api/resources";
import { answer, api } from "@api/client";
import { call } from "@api/transport";
import { useAccess } from "@app/access";
import { unitPath } from "@kit/catalogue/inputs";
import { toast } from "@kit/toasts";
import { VerbDialog } from "@kit/record/VerbDialog";
import type { Verb } from "@kit/record/Verbs";

const ConvertDialog = lazy(() => import("./ConvertDialog"));

type Dialog = "release" | "disqualify" | "assign" | "touch" | "convert" | "refuse" | "distribute" | "";

const HELD = ["ASSIGNED", "WORKING", "QUALIFIED"];

export function useLeadVerbs(lead: Row | undefined): { verbs: Verb[]; dialog: ReactNode } {
  const { t } = useTranslation("leads");
  const { id: own, scope } = useAccess();
  const client = useQueryClient();
  const navigate = useNavigate();
  const verb = useVerb(leads);
  const [dialog, open] = useState<Dialog>("");
  if (!lead) return { verbs: [], dialog: null };
  const { id, etag, state } = lead;
  const mine = lead.owner_id === own;
  const wide = scope("leads.lead.update") !== "own";
  const reach = mine || wide;
  const act = (name: string, body: object = {}) => verb.mutateAsync({ id, verb: name, body, etag });
  const title = leads.title(lead);

  const claim = async () => {
    const claimed = await act("claim");
    toast.undo(t("done.claimed", { name: title }), () => verb.mutateAsync({ id, verb: "release", etag: claimed.etag }));
  };
  const verbs: Verb[] = [
    { key: "accept", label: t("verbs.accept"), permission: "leads.lead.accept", enabled: state === "OFFERED", run: async () => { await act("accept"); toast.done(t("done.accept", { name: title })); } },
    { key: "refuse", label: t("verbs.refuse"), permission: "leads.lead.refuse", enabled: state === "OFFERED", run: () => open("refuse") },
    { key: "claim", label: t("verbs.claim"), permission: "leads.lead.claim", enabled: state === "POOLED", run: claim },
    { key: "convert", label: t("verbs.convert"), permission: "leads.lead.convert", enabled: state === "QUALIFIED" && reach, run: () => open("convert") },
    { key: "touch", label: t("verbs.touch"), permission: "leads.touch.create", enabled: HELD.includes(state) && reach, run: () => open("touch"), shortcut: "l", shortcutLabel: "log" },
    { key: "qualify", label: t("verbs.qualify"), permission: "leads.lead.qualify", enabled: ["ASSIGNED", "WORKING"].includes(state) && reach, run: async () => { await act("qualify"); toast.done(t("done.qualified", { name: title })); } },
    { key: "assign", label: t("verbs.assign"), permission: "leads.lead.assign", enabled: state === "POOLED" || HELD.includes(state), run: () => open("assign"), shortcut: "a", shortcutLabel: "assign" },
    { key: "distribute", label: t("verbs.distribute"), permission: "leads.lead.distribute", enabled: ["POOLED", "UNPLACED"].includes(state), run: () => open("distribute") },
    { key: "release", label: t("verbs.release"), permission: "leads.lead.release", enabled: ["ASSIGNED", "WORKING"].includes(state) && reach, run: () => open("release") },
    { key: "disqualify", label: t("verbs.disqualify"), permission: "leads.lead.disqualify", enabled: (HELD.includes(state) && reach) || (state === "POOLED" && wide), run: () => open("disqualify"), danger: true },
    { key: "reopen", label: t("verbs.reopen"), permission: "leads.lead.reopen", enabled: ["DISQUALIFIED", "REJECTED"].includes(state), run: async () => { await act("reopen"); toast.done(t("done.reopened", { name: title })); } },
  ];
  const close = () => open("");
  const asked = (name: "release" | "disqualify" | "assign", operation: string, fields: string[]) => (
    <VerbDialog key={name} title={t(`verbs.${name}`)} operation={operation} namespace="leads" fields={fields} onClose={close} onSubmit={async (values) => { await act(name, values); toast.done(t(`done.${name}`, { name: title })); }} />
  );
  const refuse = async (values: object) => {
    // The lead is another unit's now: nothing of it comes back.
    await call("POST", `${leads.path}/${id}:refuse`, { body: { ...values, etag } });
    toast.done(t("done.refuse", { name: title }));
    void navigate("/app/sales/leads");
    await client.invalidateQueries({ queryKey: [leads.schema] });
  };
  const logTouch = async (values: Record<string, unknown>) => {
    await answer(api.POST("/v1/leads/{lead_id}/touches", { params: { path: { lead_id: id } }, body: values as { kind: string; direction: string; lead_id: string } }));
    await client.invalidateQueries({ queryKey: [leads.schema] });
    await client.invalidateQueries({ queryKey: ["leads.Touch", id] });
    toast.done(t("done.touched", { name: title }));
  };
  const dialogs: Record<Dialog, ReactNode> = {
    "": null,
    release: asked("release", "leads_ReleaseLead", ["reason"]),
    assign: asked("assign", "leads_AssignLead", ["owner_id", "reason"]),
    disqualify: asked("disqualify", "leads_DisqualifyLead", ["reason", "note"]),
    refuse: <VerbDialog title={t("verbs.refuse")} operation="leads_RefuseLead" namespace="leads" fields={["reason"]} onClose={close} onSubmit={refuse} />,
    distribute: <VerbDialog title={t("verbs.distribute")} operation="leads_DistributeLead" namespace="leads" fields={["unit_path", "accept_hours", "reason"]} inputs={{ unit_path: unitPath }} intro={<p>{t("distribute_text")}</p>} onClose={close} onSubmit={async (values) => { await act("distribute", values); toast.done(t("done.distribute", { name: title })); }} />,
    touch: <VerbDialog title={t("verbs.touch")} operation="leads.Touch" namespace="leads" fields={["kind", "direction", "outcome", "note"]} more={["occur_time", "duration_seconds"]} initial={{ kind: "call", direction: "outbound" }} draft={`touch.${id}`} onSubmit={logTouch} onClose={close} />,
    convert: <Suspense fallback={null}><ConvertDialog lead={lead} onClose={close} onConvert={(body) => act("convert", body)} /></Suspense>,
  };
  return { verbs, dialog: dialogs[dialog] };
}
