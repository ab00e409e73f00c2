/** The catalogue and one run; the URL says which report, period, unit, grouping and currency. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useParams, useSearchParams } from "react-router";
import { answer, api } from "@api/client";
import { call } from "@api/transport";
import { usePrefs } from "@app/prefs";
import type { Report, Result } from "@kit/report/figures";
import { dayAfter, period } from "./period";

export interface Question {
  from: string;
  to: string;
  group_by: string;
  currency: string;
  unit: string;
  params: Record<string, string>;
}

export function useCatalogue() {
  const { language } = usePrefs();
  return useQuery({ queryKey: ["reporting.Report", language], queryFn: async () => (await answer(api.GET("/v1/reports"))).reports ?? [], staleTime: 600_000 });
}

export function useQuestion(report: Report | undefined): { question: Question; ask: (changes: Record<string, string>) => void } {
  const [params, setParams] = useSearchParams();
  const usual = period("days90", new Date());
  const own = (report?.parameters ?? []).map((each) => each.name ?? "");
  const question: Question = {
    from: params.get("from") ?? usual.from,
    to: params.get("to") ?? usual.to,
    group_by: params.get("group_by") ?? "",
    currency: params.get("currency") ?? "",
    unit: params.get("unit") ?? "",
    params: Object.fromEntries(own.filter((name) => params.get(name)).map((name) => [name, params.get(name) ?? ""])),
  };
  const ask = (changes: Record<string, string>) =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before);
        Object.entries(changes).forEach(([name, value]) => (value ? next.set(name, value) : next.delete(name)));
        return next;
      },
      { replace: true },
    );
  return { question, ask };
}

export function useRun(report: Report | undefined, question: Question) {
  const { language, time_zone } = usePrefs();
  const dates = report?.uses_period ? { from_date: question.from, to_date: dayAfter(question.to) } : {};
  const group = report?.group_by?.includes(question.group_by) ? question.group_by : "";
  const fixed = { ...dates, time_zone, group_by: group, currency: question.currency, unit_path: question.unit };
  return useQuery({
    queryKey: ["reporting.Result", report?.name, fixed, question.params, language],
    queryFn: ({ signal }) => {
      const own = Object.entries(question.params).map(([name, value]) => `params=${encodeURIComponent(`${name}=${value}`)}`);
      const path = `/v1/reports/${report?.name}:run${own.length > 0 ? `?${own.join("&")}` : ""}`;
      return call<Result>("GET", path, { query: fixed, signal });
    },
    enabled: Boolean(report),
    placeholderData: keepPreviousData,
  });
}

export const useReportName = (): string => useParams().name ?? "";
