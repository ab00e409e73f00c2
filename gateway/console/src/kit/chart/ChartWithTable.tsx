/**
 * Figures as a chart with the same figures as a table, and the SQL behind them:
 * `<ChartWithTable title kind="bar" categories={[…]} series={[{ name, values }]} format={(n) => …} sql={text} fresh={iso} />`.
 * `table` takes the place of the figures when a page has more to say than the chart, such as exact money.
 * ECharts is loaded only when a chart is shown.
 */
import { Segmented } from "antd";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Loading } from "../states";
import { DateTime } from "../values";
import { SqlPanel } from "./SqlPanel";
import "./chart.css";

export interface ChartData {
  title: string;
  kind: "bar" | "stacked" | "line" | "donut" | "funnel" | "waterfall";
  categories: string[];
  series: { name: string; values: number[] }[];
  format?: (value: number) => string;
  /** Of a waterfall: what each value does to the sum before it. */
  steps?: ("+" | "-" | "=")[];
}

interface Props extends ChartData {
  sql?: string;
  parameters?: Record<string, unknown>;
  fresh?: string;
  table?: ReactNode;
  /** Beside the title. */
  aside?: ReactNode;
  /** Makes each figure lead to its rows. */
  onPick?: (category: string, series: string) => void;
}

const Drawing = lazy(() => import("./Drawing"));
// Drawn by hand: the parts of ECharts for them would make every page with a chart heavier.
const Line = lazy(() => import("./Line"));
const Donut = lazy(() => import("./Donut"));

export function ChartWithTable({ sql, parameters, fresh, table, aside, onPick, ...data }: Props) {
  const { t } = useTranslation("kit");
  const [shown, show] = useState("chart");
  const format = data.format ?? String;
  const options = ["chart", "table", ...(sql ? ["sql"] : [])].map((value) => ({ value, label: t(`chart.${value}`) }));
  return (
    <figure className="crm-chart">
      <div className="crm-panel-head">
        <figcaption>{data.title}</figcaption>
        {aside}
        <Segmented size="small" aria-label={t("chart.view")} options={options} value={shown} onChange={show} />
      </div>
      {shown === "chart" ? (
        <Suspense fallback={<Loading />}>
          {data.kind === "line" ? <Line {...data} /> : data.kind === "donut" ? <Donut {...data} /> : <Drawing {...data} onPick={onPick} />}
        </Suspense>
      ) : null}
      {shown === "sql" && sql ? <SqlPanel sql={sql} parameters={parameters} /> : null}
      {shown === "table" && table ? table : null}
      {shown === "table" && !table ? (
        <table className="crm-figures">
          <thead>
            <tr>
              <th scope="col">{data.title}</th>
              {data.series.map((each) => <th key={each.name} scope="col">{each.name}</th>)}
            </tr>
          </thead>
          <tbody>
            {data.categories.map((category, at) => (
              <tr key={category}>
                <th scope="row">{category}</th>
                {data.series.map((each) => (
                  <td key={each.name}>{onPick ? <button type="button" onClick={() => onPick(category, each.name)}>{format(each.values[at] ?? 0)}</button> : format(each.values[at] ?? 0)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
      {fresh ? <p className="crm-chart-fresh">{t("chart.fresh", { time: "" })}<DateTime value={fresh} mode="exact" /></p> : null}
    </figure>
  );
}
