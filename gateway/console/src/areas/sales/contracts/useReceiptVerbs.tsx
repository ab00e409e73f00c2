/** What finance does with a receipt: confirm, reject, reverse; contract and plan follow. */
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { useQueryClient } from "@tanstack/react-query";
import { type Row, useVerb } from "@api/records";
import { contracts, planLines, receipts } from "@api/resources";
import { VerbDialog } from "@kit/record/VerbDialog";
import type { Verb } from "@kit/record/Verbs";
import { toast } from "@kit/toasts";

type Asking = { verb: "reject" | "reverse"; receipt: Row };

const OPERATIONS = { reject: "sales_RejectReceipt", reverse: "sales_ReverseReceipt" };

export function useReceiptVerbs(): { verbsOf: (receipt: Row) => Verb[]; dialog: ReactNode } {
  const { t } = useTranslation("contracts");
  const client = useQueryClient();
  const verb = useVerb(receipts);
  const [asking, ask] = useState<Asking>();
  const act = async (receipt: Row, name: string, body: object = {}) => {
    const row = await verb.mutateAsync({ id: receipt.id, verb: name, body, etag: receipt.etag });
    await Promise.all([contracts, planLines].map((each) => client.invalidateQueries({ queryKey: [each.schema] })));
    toast.done(t(`done.${name}`, { number: row.number }));
  };
  const verbsOf = (receipt: Row): Verb[] => [
    { key: "confirm", label: t("verbs.confirm"), permission: "sales.receipt.confirm", enabled: receipt.state === "RECORDED", run: () => act(receipt, "confirm") },
    { key: "reject", label: t("verbs.reject_receipt"), permission: "sales.receipt.reject", enabled: receipt.state === "RECORDED", run: () => ask({ verb: "reject", receipt }), danger: true },
    { key: "reverse", label: t("verbs.reverse"), permission: "sales.receipt.reverse", enabled: receipt.state === "CONFIRMED", run: () => ask({ verb: "reverse", receipt }), rare: true, danger: true },
  ];
  const dialog = asking ? <VerbDialog title={t(asking.verb === "reject" ? "verbs.reject_receipt" : "verbs.reverse")} operation={OPERATIONS[asking.verb]} namespace="contracts" fields={["reason"]} onClose={() => ask(undefined)} onSubmit={(values) => act(asking.receipt, asking.verb, values)} /> : null;
  return { verbsOf, dialog };
}
