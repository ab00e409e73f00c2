/** Numbers, money and moments as the reader's language writes them: 万/亿 in Chinese, K/M in English. */

export type Language = "zh-CN" | "en";

const formats = new Map<string, Intl.NumberFormat>();

function numbers(language: Language, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = language + JSON.stringify(options);
  let found = formats.get(key);
  if (!found) formats.set(key, (found = new Intl.NumberFormat(language, options)));
  return found;
}

/** An exact decimal text as money: `¥1,234.50`, short `¥123.5万` or `¥1.2M`. */
export function money(language: Language, amount: string, currency: string, short = false): string {
  const exact = amount.trim();
  const options: Intl.NumberFormatOptions = currency
    ? { style: "currency", currency, currencyDisplay: "narrowSymbol" }
    : { style: "decimal" };
  if (short && Math.abs(Number(exact)) >= 10_000) {
    return numbers(language, { ...options, notation: "compact", maximumFractionDigits: 1 }).format(Number(exact));
  }
  const digits = exact.includes(".") && /[1-9]/.test(exact.split(".")[1] ?? "") ? 2 : 0;
  // A text keeps every digit where a number would lose some (Intl takes it as an exact decimal).
  return numbers(language, { ...options, minimumFractionDigits: digits, maximumFractionDigits: Math.max(digits, 2) }).format(exact as unknown as number);
}

export const count = (language: Language, value: number): string => numbers(language, {}).format(value);

/** The moment at the precision a list needs: time today, day this year, else with the year. */
export function moment(language: Language, iso: string, now: Date = new Date(), zone?: string): string {
  const at = new Date(iso);
  const day = (date: Date) => date.toLocaleDateString("en-CA", { timeZone: zone });
  const clock: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: zone };
  if (day(at) === day(now)) return at.toLocaleTimeString(language, clock);
  const sameYear = day(at).slice(0, 4) === day(now).slice(0, 4);
  return at.toLocaleDateString(language, {
    ...(sameYear ? {} : { year: "numeric" }),
    month: "short",
    day: "numeric",
    timeZone: zone,
  });
}

/** A day without a time, `2026-11-23`: with the year when it is not this one. */
export function day(language: Language, date: string, now: Date = new Date()): string {
  const year: Intl.DateTimeFormatOptions = date.slice(0, 4) === String(now.getFullYear()) ? {} : { year: "numeric" };
  return new Date(`${date}T12:00:00`).toLocaleDateString(language, { ...year, month: "short", day: "numeric" });
}

export const exact = (language: Language, iso: string, zone?: string): string =>
  new Date(iso).toLocaleString(language, { dateStyle: "medium", timeStyle: "short", hour12: false, timeZone: zone });

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

export function relative(language: Language, iso: string, now: Date = new Date()): string {
  const seconds = Math.round((new Date(iso).getTime() - now.getTime()) / 1000);
  const [unit, size] = STEPS.find(([, length]) => Math.abs(seconds) >= length) ?? ["second", 1];
  return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(Math.trunc(seconds / size), unit);
}

/** `lead_import` reads "Lead import" where no label was given. */
export const humanised = (name: string): string => {
  const words = name.replace(/^custom_fields\./, "").toLowerCase().replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
};
