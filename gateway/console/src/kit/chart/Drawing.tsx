/** The drawing itself, by ECharts' core with the parts in use; colours and sizes come from the design tokens. */
import { BarChart, FunnelChart } from "echarts/charts";
import { GridSimpleComponent, LegendPlainComponent, TooltipComponent } from "echarts/components";
import { type EChartsCoreOption, init, use as install } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import { useLook } from "@app/theme";
import { usePrefs } from "@app/prefs";
import type { ChartData } from "./ChartWithTable";

install([BarChart, FunnelChart, GridSimpleComponent, LegendPlainComponent, TooltipComponent, SVGRenderer]);

export default function Drawing({ title, kind, categories, series, steps, format = String, onPick }: ChartData & { onPick?: (category: string, series: string) => void }) {
  const place = useRef<HTMLDivElement>(null);
  const look = useLook();
  const { font_scale } = usePrefs();
  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    const chart = init(element, undefined, { renderer: "svg" });
    chart.setOption(option({ title, kind, categories, series, steps, format }, getComputedStyle(element), element.clientWidth));
    chart.on("click", (event) => onPick?.(event.name, event.seriesName ?? ""));
    const observer = new ResizeObserver(() => chart.resize());
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.dispose();
    };
  }, [title, kind, categories, series, steps, format, onPick, look, font_scale]);
  return <div ref={place} className="crm-drawing" role="img" aria-label={title} />;
}

const LONG = 9;

function option({ title, kind, categories, series, steps = [], format }: ChartData & { format: (value: number) => string }, style: CSSStyleDeclaration, width: number): EChartsCoreOption {
  const token = (name: string) => style.getPropertyValue(name).trim();
  const size = parseFloat(style.fontSize);
  // ECharts' axes do not inherit the text style: sizes are set on each.
  const text = { color: token("--ant-color-text-secondary"), fontSize: size - 1, fontFamily: style.fontFamily };
  const lines = { lineStyle: { color: token("--ant-color-border-secondary") } };
  const axes = kind !== "funnel";
  // Names that do not fit below their bars stand beside them.
  const lying = (kind === "bar" || kind === "stacked") && (categories.some((name) => name.length > LONG) || width / categories.length < 56);
  const names = { type: "category", data: categories, axisLabel: { ...text, overflow: "truncate", width: lying ? Math.min(180, width / 3) : Math.max(48, width / categories.length - 8), interval: 0, hideOverlap: !lying }, axisLine: lines, axisTick: { show: false }, inverse: lying };
  const sizes = { type: "value", axisLabel: { ...text, formatter: format, hideOverlap: true }, splitLine: lines };
  const legend = series.length > 1;
  return {
    color: [0, 1, 2, 3, 4, 5].map((index) => token(`--crm-series-${index}`)),
    animationDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 240,
    textStyle: text,
    // Rich text, because a tooltip made of HTML writes style attributes, which the page's policy forbids.
    tooltip: { renderMode: "richText", trigger: axes && kind !== "waterfall" ? "axis" : "item", valueFormatter: (value: unknown) => format(Number(value)), backgroundColor: token("--ant-color-bg-elevated"), borderColor: token("--ant-color-border"), textStyle: { ...text, color: token("--ant-color-text") } },
    legend: legend ? { bottom: 0, textStyle: text, itemWidth: 12, itemHeight: 12 } : undefined,
    grid: { left: 8, right: 24, top: 16, bottom: legend ? 32 : 8, containLabel: true },
    ...(axes ? { xAxis: lying ? sizes : names, yAxis: lying ? names : sizes } : {}),
    series: shapes({ title, kind, categories, series, steps }, text, token),
  };
}

function shapes({ kind, categories, series, steps = [] }: ChartData, text: object, token: (name: string) => string): object[] {
  if (kind === "bar" || kind === "stacked") return series.map((each) => ({ type: "bar", name: each.name, data: each.values, barMaxWidth: 28, ...(kind === "stacked" ? { stack: "all" } : {}) }));
  const values = series[0]?.values ?? [];
  if (kind === "waterfall") {
    const bases = floors(values, steps);
    const colours = { "+": token("--crm-series-3"), "-": token("--crm-series-4"), "=": token("--crm-series-0") };
    return [
      // Carries the bars; says nothing.
      { type: "bar", stack: "steps", silent: true, data: bases, itemStyle: { color: "transparent" }, tooltip: { show: false } },
      { type: "bar", stack: "steps", name: series[0]?.name, barMaxWidth: 40, data: values.map((value, at) => ({ value, itemStyle: { color: colours[steps[at] ?? "="] } })) },
    ];
  }
  return [{ type: kind, name: series[0]?.name, sort: "none", label: { ...text, color: token("--ant-color-text"), position: "right", formatter: "{b}  {c}" }, width: "60%", data: categories.map((name, at) => ({ name, value: values[at] ?? 0 })) }];
}

/** Where each bar of a waterfall begins: what was there before, or what is left after taking away. */
export function floors(values: number[], steps: ("+" | "-" | "=")[]): number[] {
  let sum = 0;
  return values.map((value, at) => {
    const step = steps[at] ?? "=";
    const before = sum;
    sum = step === "+" ? sum + value : step === "-" ? sum - value : value;
    return step === "+" ? before : step === "-" ? sum : 0;
  });
}
