/**
 * What an own report says: chart or figures, the same as a table, its SQL, and how fresh it is.
 * `<OwnReport title asked={definition} dataset={dataset} result={result} />`; `sources` adds what the reader may see.
 */
import { Select } from "antd";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { usePrefs } from "@app/prefs";
import { ChartWithTable } from "@kit/chart/ChartWithTable";
import { SqlPanel } from "@kit/chart/SqlPanel";
import { Empty } from "@kit/states";
import { DateTime } from "@kit/values";
import { CrossTable } from "./CrossTable";
import { datasetLabels, type Dataset, type Question } from "./definition";
import { type Cell, cellsOf, type Column, currencies, type Result } from "./figures";
import { cross, ownFigures, type Say } from "./ownFigures";
import { ReportTable } from "./ReportTable";
import { Sources } from "./Sources";
import { useWriting } from "./writing";
import "../record/record.css";
import "./report.css";

interface Props {
  title: string;
  asked: Question;
  dataset?: Dataset;
  result: Result;
  sources?: boolean;
}

export function OwnReport({ title, asked, dataset, result, sources = false }: Props) {
  const { t } = useTranslation("reports");
  const { currency: usualCurrency } = usePrefs();
  const { write, number } = useWriting();
  const [chosen, choose] = useState("");
  const money = useMemo(() => currencies(result), [result]);
  const drawn = money.includes(chosen) ? chosen : money.includes(usualCurrency) ? usualCurrency : (money[0] ?? "");
  const say = useCallback<Say>((column, value) => (value ? labelled(dataset, column, value) ?? write(column, value, "") : t("unset")), [dataset, write, t]);
  const chart = useMemo(() => ownFigures(result, asked, dataset, drawn, say), [result, asked, dataset, drawn, say]);
  const crossed = useMemo(() => cross(result, asked, say), [result, asked, say]);
  const format = useCallback((value: number) => (chart ? number(chart.measure, value, drawn, true) : String(value)), [chart, number, drawn]);
  const parameters = Object.fromEntries((result.parameters ?? []).map((each) => [each.name ?? "", each.value ?? ""]));
  const table = crossed ? <CrossTable title={title} cross={crossed} /> : <ReportTable result={{ ...result, title }} say={say} />;
  const choice = chart && money.length > 1 ? <Select size="small" aria-label={t("currency")} value={drawn} options={money.map((value) => ({ value, label: value }))} onChange={choose} /> : null;
  const heading = chart?.measure.unit === "currency" && drawn && !choice ? `${title} · ${drawn}` : title;
  const fresh = result.fresh_as_of;
  const said = (result.rows ?? []).length === 0 ? <Empty title={t("empty")} text={t("own_empty_text")} /> : asked.chart === "NUMBER" || !chart ? (
    <figure className="crm-chart">
      <figcaption>{title}</figcaption>
      {asked.chart === "NUMBER" ? <Numbers result={result} asked={asked} /> : table}
      <details><summary>{t("sql")}</summary><SqlPanel sql={result.sql ?? ""} parameters={parameters} /></details>
      {sources || !fresh ? null : <p className="crm-chart-fresh">{t("fresh")} <DateTime value={fresh} mode="exact" /></p>}
    </figure>
  ) : (
    <ChartWithTable {...chart} title={heading} aside={choice} format={format} sql={result.sql} parameters={parameters} table={table} fresh={sources ? undefined : fresh} />
  );
  return <>{said}{sources ? <Sources result={result} /> : null}</>;
}

function labelled(dataset: Dataset | undefined, column: Column, value: Cell): string | undefined {
  const values = dataset?.fields?.find((field) => field.name === column.name)?.values;
  return dataset && values?.length ? datasetLabels(dataset).option(column.name ?? "", String(value)) : undefined;
}

/** The figures alone, over all rows, each currency by itself. */
function Numbers({ result, asked }: { result: Result; asked: Question }) {
  const { write } = useWriting();
  const columns = result.columns ?? [];
  const money = columns.findIndex((column) => column.name === "currency");
  const rows = (asked.rows.length + asked.columns.length > 0 ? result.totals : result.rows) ?? [];
  return (
    <dl className="report-numbers">
      {rows.map(cellsOf).flatMap((row) => asked.measures.map((name) => {
        const at = columns.findIndex((column) => column.name === name);
        const [column, currency] = [columns[at], money < 0 ? "" : String(row[money] ?? "")];
        return column ? <div key={`${name} ${currency}`}><dt>{column.label}{currency ? ` · ${currency}` : ""}</dt><dd>{write(column, row[at] ?? null, currency)}</dd></div> : null;
      }))}
    </dl>
  );
}
