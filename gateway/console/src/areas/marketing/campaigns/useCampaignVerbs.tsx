/** What can be done with a campaign in its present state; returns the verbs, the dialog, and `open` for buttons elsewhere. */
import { useQueryClient } from "@tanstack/react-query";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Row, useVerb } from "@api/records";
import { campaigns } from "@api/resources";
import { usePrefs } from "@app/prefs";
import { useGuardedChange } from "@kit/conflict";
import { useSharing } from "@kit/record/useSharing";
import { VerbDialog } from "@kit/record/VerbDialog";
import type { Verb } from "@kit/record/Verbs";
import { toast } from "@kit/toasts";
import type { BudgetLine } from "./Budget";
import type { Line } from "./LinesDialog";

const LinesDialog = lazy(() => import("./LinesDialog"));

type Asked = "cost" | "cancel" | "goals" | "budget" | "";

const METRICS = ["reached", "responded", "leads", "valid_leads", "opportunities", "won", "revenue"];
const CATEGORIES = ["booth", "advertising", "gifts", "travel", "catering", "production", "other"];

export function useCampaignVerbs(campaign: Row | undefined): { verbs: Verb[]; dialog: ReactNode; open: (what: Asked) => void } {
  const { t } = useTranslation("campaigns");
  const { currency: usual } = usePrefs();
  const client = useQueryClient();
  const verb = useVerb(campaigns);
  const change = useGuardedChange(campaigns, "campaigns");
  const sharing = useSharing(campaigns, campaign);
  const [asked, open] = useState<Asked>("");
  if (!campaign) return { verbs: [], dialog: null, open };
  const { id, state, name } = campaign;
  const act = (what: string, body: object = {}, etag = campaign.etag) => verb.mutateAsync({ id, verb: what, body, etag });
  const may = (what: string) => `marketing.campaign.${what}`;
  const go = (what: string, back?: string) => async () => {
    const moved = await act(what);
    if (back) toast.undo(t(`done.${what}`, { name }), () => act(back, {}, moved.etag));
    else toast.done(t(`done.${what}`, { name }));
  };
  const verbs: Verb[] = [
    { key: "plan", label: t("verbs.plan"), permission: may("plan"), enabled: state === "DRAFT", run: go("plan") },
    { key: "start", label: t("verbs.start"), permission: may("start"), enabled: state === "PLANNED", run: go("start") },
    { key: "resume", label: t("verbs.resume"), permission: may("resume"), enabled: state === "PAUSED", run: go("resume", "pause") },
    { key: "cost", label: t("verbs.cost"), permission: may("record_cost"), enabled: !["SETTLED", "CANCELLED"].includes(state) && Boolean(campaign.budget_lines?.length), run: () => open("cost"), shortcut: "l", shortcutLabel: "log" },
    { key: "pause", label: t("verbs.pause"), permission: may("pause"), enabled: state === "RUNNING", run: go("pause", "resume") },
    { key: "finish", label: t("verbs.finish"), permission: may("finish"), enabled: ["RUNNING", "PAUSED"].includes(state), run: go("finish"), rare: true },
    { key: "settle", label: t("verbs.settle"), permission: may("settle"), enabled: state === "FINISHED", run: go("settle"), rare: true },
    ...sharing.verbs,
    { key: "cancel", label: t("verbs.cancel"), permission: may("cancel"), enabled: ["DRAFT", "PLANNED", "RUNNING", "PAUSED"].includes(state), run: () => open("cancel"), danger: true },
  ];
  const record = async (values: Record<string, unknown>) => {
    await act("recordCost", values);
    await client.invalidateQueries({ queryKey: ["marketing.CampaignCost", id] });
    await client.invalidateQueries({ queryKey: ["marketing.CampaignResults", id] });
    toast.done(t("done.cost", { name }));
  };
  const cancel = async (values: object) => {
    await act("cancel", values);
    toast.done(t("done.cancel", { name }));
  };
  const write = async (changes: Partial<Row>) => {
    const before = Object.fromEntries(Object.keys(changes).map((field) => [field, campaign[field]]));
    const saved = await change(campaign, changes);
    if (!saved) return;
    await client.invalidateQueries({ queryKey: ["marketing.CampaignResults", id] });
    toast.undo(t("done.lines", { name }), () => change(saved, before));
  };
  const close = () => open("");
  const named = (group: string, codes: string[]) => codes.map((value) => ({ value, label: t(`${group}.${value}`) }));
  const lines = (campaign.budget_lines ?? []) as BudgetLine[];
  const dialog = (): ReactNode => {
    if (asked === "cost") return <VerbDialog title={t("verbs.cost")} operation="marketing_RecordCost" namespace="campaigns" fields={["category", "amount", "external_reference", "cost_date", "note"]} more={["over_commit_reason"]} initial={{ category: lines[0]?.category, amount: { amount: "", currency: campaign.currency } }} draft={`cost.${id}`} onSubmit={record} onClose={close} />;
    if (asked === "cancel") return <VerbDialog title={t("verbs.cancel")} operation="marketing_CancelCampaign" namespace="campaigns" fields={["reason"]} onSubmit={cancel} onClose={close} />;
    if (asked === "goals") return <LinesDialog title={t("goals.edit")} name={{ field: "metric", label: t("goals.metric"), options: named("results", METRICS) }} amounts={[{ field: "target", label: t("goals.target") }]} lines={(campaign.goals ?? []) as Line[]} onSave={(goals) => write({ goals })} onClose={close} />;
    if (asked === "budget") return <LinesDialog title={t("budget.edit")} name={{ field: "category", label: t("fields.category"), options: named("categories", CATEGORIES), free: true }} amounts={[{ field: "planned", label: t("budget.planned") }, { field: "committed", label: t("budget.committed") }]} lines={lines.map(({ category, planned, committed = "" }) => ({ category, planned, committed }))} currency={String(campaign.currency || usual)} onSave={(budget_lines, currency) => write({ budget_lines, currency })} onClose={close} />;
    return sharing.dialog;
  };
  return { verbs, dialog: <Suspense fallback={null}>{dialog()}</Suspense>, open };
}
