/** The payments a contract promises: edited while it is a draft, collected and written off once it is signed. */
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useQueryClient } from "@tanstack/react-query";
import type { Row } from "@api/records";
import { contracts, planLines } from "@api/resources";
import { call } from "@api/transport";
import { useAccess } from "@app/access";
import { useGuardedChange } from "@kit/conflict";
import { isBlank } from "@kit/FieldValue";
import { type LineColumn, LinesEditor, Sums } from "@kit/lines/LinesEditor";
import { VerbDialog } from "@kit/record/VerbDialog";
import { Empty } from "@kit/states";
import { toast } from "@kit/toasts";
import { Amount, Day, Nothing } from "@kit/values";
import { PaperState } from "./states";

const WRITTEN = ["name", "percent", "planned_amount", "trigger", "offset_days", "due_date", "method"];
const OPEN = ["PENDING", "PART_PAID", "OVERDUE"];

/** What the server computes from the percent or the trigger is not sent back. */
function written(line: Record<string, unknown>): Record<string, unknown> {
  const kept = Object.fromEntries(WRITTEN.filter((name) => !isBlank(line[name])).map((name) => [name, line[name]]));
  if (kept.percent) delete kept.planned_amount;
  if (kept.trigger && kept.trigger !== "ON_DATE") delete kept.due_date;
  return kept;
}

export function PaymentPlan({ contract }: { contract: Row }) {
  const { t } = useTranslation("contracts");
  const { can } = useAccess();
  const client = useQueryClient();
  const save = useGuardedChange(contracts, "contracts");
  const [giving, giveUp] = useState<Row>();
  const lines = (contract.payment_plan ?? []) as Row[];
  const due = (line: Row) => {
    if (line.due_date) return <Day value={line.due_date} overdue={line.state === "OVERDUE"} />;
    return line.trigger && line.trigger !== "ON_DATE" ? <>{t(`due.${line.trigger}`, { count: Number(line.offset_days ?? 0) })}</> : <Nothing />;
  };
  const columns: LineColumn[] = [
    { field: "name", label: t("payment"), width: 130 },
    { field: "percent", width: 80, align: "end", render: (line) => (line.percent ? <span className="crm-number">{`${line.percent}%`}</span> : <Nothing />) },
    { field: "planned_amount", width: 190, align: "end" },
    { field: "trigger", width: 130, only: "edit" },
    { field: "offset_days", width: 90, align: "end", only: "edit" },
    { field: "due_date", width: 130, render: due },
    { field: "paid_amount", width: 110, align: "end", only: "read" },
    { field: "open_amount", width: 110, align: "end", only: "read" },
    { field: "state", width: 110, only: "read", render: (line) => <PaperState of={line} /> },
  ];
  const commit = async (next: Record<string, unknown>[]) => {
    const saved = await save(contract, { payment_plan: next.map(written) });
    if (saved) toast.undo(t("done.plan"), () => save(saved, { payment_plan: lines.map(written) }));
  };
  const writeOff = async (values: Record<string, unknown>) => {
    if (!giving) return;
    await call("POST", `${planLines.path}/${giving.id}:writeOff`, { body: { ...values, etag: giving.etag } });
    await Promise.all([contracts, planLines].map((each) => client.invalidateQueries({ queryKey: [each.schema] })));
    toast.done(t("done.writeOff", { name: giving.name }));
  };
  const mayWriteOff = can("sales.plan_line.write_off") && lines.some((line) => OPEN.includes(line.state));
  return (
    <>
      <LinesEditor title={t("plan")} schema="sales.PlanLine" namespace="contracts" field="payment_plan" columns={columns} lines={lines} editable={contract.state === "DRAFT" && can("sales.contract.update")}
        blank={{ name: "", percent: "", trigger: "AFTER_SIGNING", offset_days: 0 }} onSave={commit} empty={<Empty title={t("no_plan")} />}
        actions={mayWriteOff ? (line) => (OPEN.includes(line.state) ? <Button size="small" type="text" onClick={() => giveUp(line)}>{t("verbs.writeOff")}</Button> : null) : undefined}
        footer={<Sums rows={[{ label: t("fields.paid_amount"), value: <Amount value={contract.paid_amount} /> }, { label: t("fields.open_amount"), value: <Amount value={contract.open_amount} /> }, { label: t("fields.amount"), value: <Amount value={contract.amount} /> }]} />} />
      {giving ? <VerbDialog title={t("verbs.writeOff")} operation="sales_WriteOffPlanLine" namespace="contracts" fields={["amount", "reason"]} initial={{ amount: giving.open_amount?.amount }} onClose={() => giveUp(undefined)} onSubmit={writeOff} /> : null}
    </>
  );
}
