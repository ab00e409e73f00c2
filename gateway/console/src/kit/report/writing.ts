/** How the values of a report are written: exact money, shares in percent, times in the unit people think in. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { usePrefs } from "@app/prefs";
import { count, humanised, type Language, money } from "@kit/format";
import type { Cell, Column } from "./figures";

const STEPS: ["day" | "hour" | "minute" | "second", number][] = [["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]];
const SECONDS: Record<string, number> = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 };
const NONE = "—";

function span(language: Language, seconds: number): string {
  const [unit, size] = STEPS.find(([, length]) => seconds >= length) ?? ["second", 1];
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 1 }).format(seconds / size);
}

export function useWriting() {
  const { t } = useTranslation("reports");
  const { language } = usePrefs();
  return useMemo(() => {
    /** A code as people read it; free text stays as it is. */
    const say = (column: string, code: string): string => (code ? t(`values.${column}.${code}`, { defaultValue: /^[a-z_]+$|^[A-Z_]+$/.test(code) ? humanised(code) : code }) : t("unset"));
    const number = (column: Column, value: number, currency: string, short: boolean): string => {
      if (column.type === "ratio" || column.unit === "percent") return new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 }).format(value);
      if (column.unit && column.unit in SECONDS) return span(language, value * (SECONDS[column.unit] ?? 1));
      if (column.unit === "currency") return money(language, String(value), currency, short);
      return count(language, value);
    };
    const write = (column: Column, value: Cell, currency: string): string => {
      if (value === null) return NONE;
      if (column.type === "text" || column.type === "id") return ["currency", "month"].includes(column.name ?? "") || (column.name ?? "").includes(".") ? String(value) : say(column.name ?? "", String(value));
      // Money stays the text the server wrote: a number would lose digits.
      if (column.unit === "currency") return money(language, String(value), currency);
      return number(column, Number(value), currency, false);
    };
    return { say, number, write };
  }, [t, language]);
}
