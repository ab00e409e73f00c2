/** What the builder asks: the address says what differs from the kept report, or from the usual one of its dataset. */
import { useMemo } from "react";
import { useSearchParams } from "react-router";
import { asked, CHARTS, type Chart, type Dataset, type Definition, type Question, usual } from "@kit/report/definition";

const LISTS = ["rows", "columns", "measures"] as const;
const FIRST = "deals";
const NONE = "-";

export function useQuestion(kept: Definition | undefined, datasets: Dataset[]) {
  const [params, setParams] = useSearchParams();
  const named = params.get("dataset") ?? kept?.dataset ?? FIRST;
  const dataset = datasets.find((each) => each.name === named) ?? (kept ? undefined : datasets[0]);
  const question = useMemo<Question | undefined>(() => {
    if (!dataset) return undefined;
    const before = kept && kept.dataset === dataset.name ? asked(kept) : usual(dataset);
    const list = (name: (typeof LISTS)[number]) => { const said = params.get(name); return said === null ? before[name] : said.split(",").filter((each) => each && each !== NONE); };
    const chart = params.get("chart") ?? before.chart;
    return { dataset: dataset.name ?? "", rows: list("rows"), columns: list("columns"), measures: list("measures"), filter: params.get("f") ?? before.filter, order_by: params.get("o") ?? before.order_by, row_limit: before.row_limit, chart: CHARTS.includes(chart as Chart) ? (chart as Chart) : "TABLE" };
  }, [dataset, kept, params]);
  const ask = (changes: Partial<Question>) =>
    setParams(
      (now) => {
        const next = new URLSearchParams(changes.dataset ? { dataset: changes.dataset } : now);
        LISTS.forEach((name) => changes[name] && next.set(name, changes[name].join(",") || NONE));
        if (changes.filter !== undefined) next.set("f", changes.filter);
        if (changes.order_by !== undefined) next.set("o", changes.order_by);
        if (changes.chart) next.set("chart", changes.chart);
        return next;
      },
      { replace: true },
    );
  return { dataset, question, ask, changed: params.size > 0 };
}
