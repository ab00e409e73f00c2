/** What can be done with a quote in its present state, and the dialog of the verb that asks something. */
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useQueryClient } from "@tanstack/react-query";
import { type Row, useVerb } from "@api/records";
import { contracts, quotes } from "@api/resources";
import { call } from "@api/transport";
import { VerbDialog } from "@kit/record/VerbDialog";
import type { Verb } from "@kit/record/Verbs";
import { toast } from "@kit/toasts";

type Asking = "reject" | "decline" | "withdraw" | "accept";

const FORMS: Record<Asking, { operation: string; fields: string[]; required?: string[] }> = {
  reject: { operation: "sales_RejectQuote", fields: ["reason"] },
  decline: { operation: "sales_DeclineQuote", fields: ["reason"], required: ["reason"] },
  withdraw: { operation: "sales_WithdrawQuote", fields: ["reason"] },
  accept: { operation: "sales_AcceptQuote", fields: ["confirm_older"] },
};
const UNANSWERED = ["DRAFT", "IN_APPROVAL", "APPROVED", "SENT"];

export function useQuoteVerbs(quote: Row | undefined): { verbs: Verb[]; dialog: ReactNode } {
  const { t } = useTranslation("quotes");
  const navigate = useNavigate();
  const client = useQueryClient();
  const verb = useVerb(quotes);
  const [asking, ask] = useState<Asking | "">("");
  if (!quote) return { verbs: [], dialog: null };
  const { id, etag, state } = quote;
  const act = async (name: string, body: object = {}) => {
    const row = await verb.mutateAsync({ id, verb: name, body, etag });
    toast.done(t(name === "submit" ? `done.submit_${row.state}` : `done.${name}`, { number: row.number }));
    return row;
  };
  const contract = async () => {
    const made = await call<Row>("POST", `${quotes.path}/${id}:createContract`, { body: {} });
    await client.invalidateQueries({ queryKey: [contracts.schema] });
    toast.done(t("done.createContract", { number: made.number }));
    void navigate(contracts.page(made.id));
  };
  const revise = async () => void navigate(quotes.page((await act("revise")).id));
  const filled = (quote.lines ?? []).length > 0;
  const verbs: Verb[] = [
    { key: "approve", label: t("verbs.approve"), permission: "sales.quote.approve", enabled: state === "IN_APPROVAL", run: () => act("approve") },
    { key: "reject", label: t("verbs.reject"), permission: "sales.quote.reject", enabled: state === "IN_APPROVAL", run: () => ask("reject") },
    { key: "contract", label: t("verbs.createContract"), permission: "sales.contract.create", enabled: state === "ACCEPTED", run: contract },
    { key: "accept", label: t("verbs.accept"), permission: "sales.quote.accept", enabled: ["SENT", "EXPIRED", "SUPERSEDED"].includes(state), run: () => (quote.current ? act("accept") : ask("accept")) },
    { key: "decline", label: t("verbs.decline"), permission: "sales.quote.decline", enabled: ["SENT", "EXPIRED"].includes(state), run: () => ask("decline") },
    { key: "send", label: t("verbs.send"), permission: "sales.quote.send", enabled: ["DRAFT", "APPROVED"].includes(state) && filled, run: () => act("send") },
    { key: "submit", label: t("verbs.submit"), permission: "sales.quote.submit", enabled: state === "DRAFT" && filled, run: () => act("submit") },
    { key: "revise", label: t("verbs.revise"), permission: "sales.quote.revise", enabled: state !== "DRAFT" && Boolean(quote.current), run: revise },
    { key: "primary", label: t("verbs.makePrimary"), permission: "sales.quote.update", enabled: Boolean(quote.opportunity_id) && !quote.primary && UNANSWERED.includes(state), run: () => act("makePrimary"), rare: true },
    { key: "withdraw", label: t("verbs.withdraw"), permission: "sales.quote.withdraw", enabled: UNANSWERED.includes(state), run: () => ask("withdraw"), danger: true, rare: true },
  ];
  const dialog = asking ? <VerbDialog key={asking} title={t(`verbs.${asking}`)} namespace="quotes" {...FORMS[asking]} intro={asking === "accept" ? <p>{t("accept_older")}</p> : undefined} onClose={() => ask("")} onSubmit={(values) => act(asking, values)} /> : null;
  return { verbs, dialog };
}
