/** What narrows a report: period, unit, grouping, currency and its own parameters; all of it in the URL. */
import { Select } from "antd";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useId } from "react";
import { useTranslation } from "react-i18next";
import type { Field } from "@api/metadata";
import { listPage } from "@api/records";
import { units } from "@api/resources";
import { useAccess } from "@app/access";
import { FieldInput } from "@kit/FieldInput";
import { useLabels } from "@kit/labels";
import type { Report } from "@kit/report/figures";
import { period, type PeriodName, PERIODS } from "./period";
import type { Question as Asked } from "./useReport";

interface Props {
  report: Report;
  question: Asked;
  currencies: string[];
  ask: (changes: Record<string, string>) => void;
}

export function Question({ report, question, currencies, ask }: Props) {
  const { t } = useTranslation("reports");
  const labels = useLabels("reports");
  const { can } = useAccess();
  const found = useQuery({ queryKey: [units.schema, "all"], queryFn: () => listPage(units, { page_size: 200, order_by: "path" }), enabled: can("identity.unit.list"), staleTime: 300_000 });
  const now = new Date();
  const named = PERIODS.find((name) => period(name, now).from === question.from && period(name, now).to === question.to) ?? "own";
  const date = (name: string): Field => ({ name, kind: "date", required: true, readOnly: false, options: [] });
  const money = [...new Set([...currencies, question.currency])].filter(Boolean);
  const groups = report.group_by ?? [];
  return (
    <form className="reports-question" aria-label={t("question")} onSubmit={(event) => event.preventDefault()}>
      {report.uses_period ? (
        <>
          <Asking label={t("period")}>{(id) => <Select id={id} value={named} options={[...PERIODS, "own" as const].map((value) => ({ value, label: t(`periods.${value}`), disabled: value === "own" }))} onChange={(name: PeriodName | "own") => name !== "own" && ask({ ...period(name, new Date()) })} />}</Asking>
          <Asking label={t("from")}>{(id) => <FieldInput id={id} field={date("from")} labels={labels} value={question.from} onChange={(from) => ask({ from: String(from) })} />}</Asking>
          <Asking label={t("to")}>{(id) => <FieldInput id={id} field={date("to")} labels={labels} value={question.to} onChange={(to) => ask({ to: String(to) })} />}</Asking>
        </>
      ) : null}
      {groups.length > 0 ? <Asking label={t("group_by")}>{(id) => <Select id={id} allowClear placeholder={t("usual_group")} value={question.group_by || undefined} options={groups.map((value) => ({ value, label: t(`fields.${value}`, { defaultValue: value }) }))} onChange={(group_by) => ask({ group_by: group_by ?? "" })} />}</Asking> : null}
      {(found.data?.rows.length ?? 0) > 1 ? <Asking label={t("unit")}>{(id) => <Select id={id} allowClear showSearch={{ optionFilterProp: "label" }} placeholder={t("all_units")} value={question.unit || undefined} options={found.data?.rows.map((unit) => ({ value: String(unit.path), label: units.title(unit) }))} onChange={(unit) => ask({ unit: unit ?? "" })} />}</Asking> : null}
      {money.length > 1 || question.currency ? <Asking label={t("currency")}>{(id) => <Select id={id} allowClear placeholder={t("all_currencies")} value={question.currency || undefined} options={money.map((value) => ({ value, label: value }))} onChange={(currency) => ask({ currency: currency ?? "" })} />}</Asking> : null}
      {(report.parameters ?? []).filter((each) => ["date", "id"].includes(each.type ?? "")).map((each) => (
        <Asking key={each.name} label={each.description ?? ""}>
          {(id) => <FieldInput id={id} field={{ ...date(each.name ?? ""), kind: each.type === "date" ? "date" : "reference" }} labels={labels} value={question.params[each.name ?? ""]} onChange={(value) => ask({ [each.name ?? ""]: String(value ?? "") })} />}
        </Asking>
      ))}
    </form>
  );
}

function Asking({ label, children }: { label: string; children: (id: string) => ReactNode }) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id}>{label}</label>
      {children(id)}
    </div>
  );
}
