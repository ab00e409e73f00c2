/** The drawing itself, by ECharts' core with the parts in use; colours and sizes come from the design tokens. */
import { BarChart, FunnelChart, LineChart, PieChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { type EChartsCoreOption, init, use as install } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import { useLook } from "@app/theme";
import { usePrefs } from "@app/prefs";
import type { ChartData } from "./ChartWithTable";

install([BarChart, FunnelChart, LineChart, PieChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

export default function Drawing({ title, kind, categories, series, format = String, onPick }: ChartData & { onPick?: (category: string, series: string) => void }) {
  const place = useRef<HTMLDivElement>(null);
  const look = useLook();
  const { font_scale } = usePrefs();
  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    const chart = init(element, undefined, { renderer: "svg" });
    chart.setOption(option({ title, kind, categories, series, format }, getComputedStyle(element)));
    chart.on("click", (event) => onPick?.(event.name, event.seriesName ?? ""));
    const observer = new ResizeObserver(() => chart.resize());
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.dispose();
    };
  }, [title, kind, categories, series, format, onPick, look, font_scale]);
  return <div ref={place} className="crm-drawing" />;
}

function option({ title, kind, categories, series, format }: Required<Omit<ChartData, "format">> & { format: (value: number) => string }, style: CSSStyleDeclaration): EChartsCoreOption {
  const token = (name: string) => style.getPropertyValue(name).trim();
  const size = parseFloat(style.fontSize);
  // ECharts' axes do not inherit the text style: sizes are set on each.
  const text = { color: token("--ant-color-text-secondary"), fontSize: size - 1, fontFamily: style.fontFamily };
  const lines = { lineStyle: { color: token("--ant-color-border-secondary") } };
  const axes = kind === "bar" || kind === "line";
  const shapes = axes
    ? series.map((each) => ({ type: kind, name: each.name, data: each.values, barMaxWidth: 36, smooth: false }))
    : [{ type: kind, name: series[0]?.name, sort: "none", radius: ["45%", "72%"], label: { ...text, formatter: "{b}" }, data: categories.map((name, at) => ({ name, value: series[0]?.values[at] ?? 0 })) }];
  return {
    color: [0, 1, 2, 3, 4, 5].map((index) => token(`--crm-series-${index}`)),
    animationDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 240,
    aria: { enabled: true, label: { general: { withTitle: title } } },
    textStyle: text,
    // Rich text, because a tooltip made of HTML writes style attributes, which the page's policy forbids.
    tooltip: { renderMode: "richText", trigger: axes ? "axis" : "item", valueFormatter: (value: unknown) => format(Number(value)), backgroundColor: token("--ant-color-bg-elevated"), borderColor: token("--ant-color-border"), textStyle: { ...text, color: token("--ant-color-text") } },
    legend: series.length > 1 ? { bottom: 0, textStyle: text } : undefined,
    grid: { left: 8, right: 16, top: 16, bottom: series.length > 1 ? 32 : 8, containLabel: true },
    ...(axes ? { xAxis: { type: "category", data: categories, axisLabel: text, axisLine: lines }, yAxis: { type: "value", axisLabel: { ...text, formatter: format }, splitLine: lines } } : {}),
    series: shapes,
  };
}
