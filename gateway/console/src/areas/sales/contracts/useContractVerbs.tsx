/** What can be done with a contract in its present state, and the dialog of the verb that asks something. */
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { useQueryClient } from "@tanstack/react-query";
import { create, type Row, useVerb } from "@api/records";
import { contracts, planLines, receipts } from "@api/resources";
import { VerbDialog } from "@kit/record/VerbDialog";
import type { Verb } from "@kit/record/Verbs";
import { toast } from "@kit/toasts";

type Asking = "reject" | "sign" | "amend" | "fulfill" | "void" | "terminate" | "receive";

const FORMS: Record<Asking, { operation: string; fields: string[]; more?: string[] }> = {
  reject: { operation: "sales_RejectContract", fields: ["reason"] },
  sign: { operation: "sales_SignContract", fields: ["our_sign_date", "their_sign_date"], more: ["effective_date"] },
  amend: { operation: "sales_AmendContract", fields: ["value_change", "reason", "sign_date"], more: ["delivery_date", "end_date"] },
  fulfill: { operation: "sales_FulfillContract", fields: ["fulfill_date"] },
  void: { operation: "sales_VoidContract", fields: ["reason"] },
  terminate: { operation: "sales_TerminateContract", fields: ["reason", "termination_date"] },
  receive: { operation: "sales.Receipt", fields: ["amount", "receive_date", "payer", "reference"], more: ["method", "exchange_rate"] },
};
const PAYABLE = ["SIGNED", "EXECUTING", "FULFILLED", "TERMINATED", "EXPIRED"];
const today = () => new Date().toLocaleDateString("en-CA");

export function useContractVerbs(contract: Row | undefined): { verbs: Verb[]; dialog: ReactNode } {
  const { t } = useTranslation("contracts");
  const client = useQueryClient();
  const verb = useVerb(contracts);
  const [asking, ask] = useState<Asking | "">("");
  if (!contract) return { verbs: [], dialog: null };
  const { id, etag, state, number } = contract;
  const act = async (name: string, body: object = {}) => {
    const row = await verb.mutateAsync({ id, verb: name, body, etag });
    toast.done(t(name === "submit" ? `done.submit_${row.state}` : name === "sign" && row.state !== "SIGNED" ? "done.sign_one" : `done.${name}`, { number }));
  };
  const receive = async (values: Record<string, unknown>) => {
    const receipt = await create(receipts, { ...values, contract_id: id });
    await Promise.all([receipts, contracts, planLines].map((each) => client.invalidateQueries({ queryKey: [each.schema] })));
    toast.done(t("done.receive", { number: receipt.number }));
  };
  const lines = (contract.payment_plan ?? []) as Row[];
  const next = lines.find((line) => ["OVERDUE", "PART_PAID", "PENDING"].includes(line.state));
  const initial: Partial<Record<Asking, Record<string, unknown>>> = {
    sign: { our_sign_date: contract.our_sign_date || today(), their_sign_date: contract.their_sign_date },
    amend: { value_change: { amount: "", currency: contract.amount?.currency }, sign_date: today() },
    fulfill: { fulfill_date: today() },
    receive: { amount: next?.open_amount ?? { amount: "", currency: contract.amount?.currency }, receive_date: today() },
  };
  const verbs: Verb[] = [
    { key: "approve", label: t("verbs.approve"), permission: "sales.contract.approve", enabled: state === "IN_APPROVAL", run: () => act("approve") },
    { key: "reject", label: t("verbs.reject"), permission: "sales.contract.reject", enabled: state === "IN_APPROVAL", run: () => ask("reject") },
    { key: "sign", label: t("verbs.sign"), permission: "sales.contract.sign", enabled: state === "PENDING_SIGN", run: () => ask("sign") },
    { key: "receive", label: t("verbs.receive"), permission: "sales.receipt.create", enabled: PAYABLE.includes(state) && Number(contract.open_amount?.amount) > 0, run: () => ask("receive"), shortcut: "l", shortcutLabel: "log" },
    { key: "send", label: t("verbs.send"), permission: "sales.contract.send", enabled: ["DRAFT", "APPROVED"].includes(state), run: () => act("send") },
    { key: "submit", label: t("verbs.submit"), permission: "sales.contract.submit", enabled: state === "DRAFT", run: () => act("submit") },
    { key: "start", label: t("verbs.start"), permission: "sales.contract.start", enabled: state === "SIGNED", run: () => act("start") },
    { key: "fulfill", label: t("verbs.fulfill"), permission: "sales.contract.fulfill", enabled: ["SIGNED", "EXECUTING"].includes(state), run: () => ask("fulfill") },
    { key: "amend", label: t("verbs.amend"), permission: "sales.contract.amend", enabled: ["SIGNED", "EXECUTING", "FULFILLED"].includes(state), run: () => ask("amend") },
    { key: "archive", label: t("verbs.archive"), permission: "sales.contract.archive", enabled: ["FULFILLED", "TERMINATED", "EXPIRED"].includes(state), run: () => act("archive") },
    { key: "void", label: t("verbs.void"), permission: "sales.contract.void", enabled: ["DRAFT", "IN_APPROVAL", "APPROVED", "PENDING_SIGN"].includes(state), run: () => ask("void"), danger: true, rare: true },
    { key: "terminate", label: t("verbs.terminate"), permission: "sales.contract.terminate", enabled: ["SIGNED", "EXECUTING"].includes(state), run: () => ask("terminate"), danger: true, rare: true },
  ];
  const dialog = asking ? <VerbDialog key={asking} title={t(`verbs.${asking}`)} namespace="contracts" {...FORMS[asking]} initial={initial[asking]} onClose={() => ask("")} onSubmit={(values) => (asking === "receive" ? receive(values) : act(asking, values))} /> : null;
  return { verbs, dialog };
}
