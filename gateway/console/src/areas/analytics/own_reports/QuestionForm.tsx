/** What is counted: dataset, rows, columns, figures, conditions, order and the way it is drawn. */
import { Select } from "antd";
import { type ReactNode, useId, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { ConditionInput } from "@kit/list/ConditionInput";
import { CHARTS, conditionFields, type Dataset, datasetLabels, type Question } from "@kit/report/definition";

interface Props {
  dataset: Dataset;
  datasets: Dataset[];
  question: Question;
  ask: (changes: Partial<Question>) => void;
}

const MOST = { rows: 2, columns: 1, measures: 5 };

export function QuestionForm({ dataset, datasets, question, ask }: Props) {
  const { t } = useTranslation("own_reports");
  const fields = useMemo(() => conditionFields(dataset), [dataset]);
  const labels = useMemo(() => datasetLabels(dataset), [dataset]);
  const dimensions = (dataset.fields ?? []).filter((field) => field.groups).map((field) => {
    const [name, label] = [field.name ?? "", field.label ?? ""];
    const grains = field.grains ?? [];
    return grains.length === 0 ? { value: name, label } : { label, title: label, options: grains.map((grain) => ({ value: `${name}.${grain}`, label: t("by_grain", { label, grain: t(`grains.${grain}`) }) })) };
  });
  const figures = [
    { value: "count", label: t("count_of", { records: dataset.label }) },
    ...(dataset.fields ?? []).flatMap((field) => (field.aggregates ?? []).map((aggregate) => ({ value: `${field.name}.${aggregate}`, label: t("by_aggregate", { label: field.label, aggregate: t(`aggregates.${aggregate}`) }) }))),
  ];
  const all = [...dimensions.flatMap((each) => ("options" in each && each.options ? each.options : [each as { value: string; label: string }])), ...figures];
  const orders = [...question.rows, ...question.columns, ...question.measures].flatMap((value) => {
    const label = all.find((each) => each.value === value)?.label ?? value;
    return [{ value, label: t("order.up", { label }) }, { value: `${value} desc`, label: t("order.down", { label }) }];
  });
  const choose = (name: keyof typeof MOST, options: object[]) => (id: string) => (
    <Select id={id} mode="multiple" className="crm-wide" maxCount={MOST[name]} showSearch={{ optionFilterProp: "label" }} options={options} value={question[name]} onChange={(values: string[]) => ask({ [name]: values, order_by: "" })} />
  );
  return (
    <form className="own-question" aria-label={t("question")} onSubmit={(event) => event.preventDefault()}>
      <Asking label={t("fields.dataset")}>{(id) => <Select id={id} className="crm-wide" value={question.dataset} options={datasets.map((each) => ({ value: each.name ?? "", label: each.label }))} onChange={(name: string) => ask({ dataset: name })} />}</Asking>
      <Asking label={t("fields.rows")}>{choose("rows", dimensions)}</Asking>
      <Asking label={t("fields.columns")}>{choose("columns", dimensions)}</Asking>
      <Asking label={t("fields.measures")}>{choose("measures", figures)}</Asking>
      <Asking label={t("fields.chart")}>{(id) => <Select id={id} className="crm-wide" value={question.chart} options={CHARTS.map((value) => ({ value, label: t(`values.chart.${value}`) }))} onChange={(chart) => ask({ chart })} />}</Asking>
      <Asking label={t("fields.order_by")}>{(id) => <Select id={id} className="crm-wide" allowClear placeholder={t("order.usual")} value={question.order_by || undefined} options={orders} onChange={(order?: string) => ask({ order_by: order ?? "" })} />}</Asking>
      <Asking wide label={t("fields.filter")}>{(id) => <ConditionInput id={id} value={question.filter} fields={fields} labels={labels} onChange={(filter) => ask({ filter })} />}</Asking>
    </form>
  );
}

function Asking({ label, wide, children }: { label: string; wide?: boolean; children: (id: string) => ReactNode }) {
  const id = useId();
  return (
    <div data-wide={wide || undefined}>
      <label htmlFor={id}>{label}</label>
      {children(id)}
    </div>
  );
}
