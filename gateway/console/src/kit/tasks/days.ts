/** Days of a calendar, as `2026-11-23`; weeks begin on Monday. */

export const dayOf = (at: Date, zone?: string): string => at.toLocaleDateString("en-CA", { timeZone: zone || undefined });

/** The same clock at noon, so that summer time moves no day. */
export const noon = (day: string): Date => new Date(`${day}T12:00:00`);

export function moved(day: string, by: { days?: number; months?: number }): string {
  const at = noon(day);
  const month = at.getMonth() + (by.months ?? 0);
  const last = new Date(at.getFullYear(), month + 1, 0).getDate();
  return dayOf(new Date(at.getFullYear(), month, Math.min(at.getDate(), last) + (by.days ?? 0), 12));
}

/** The Monday of its week. */
export const weekStart = (day: string): string => moved(day, { days: -((noon(day).getDay() + 6) % 7) });

/** The days a calendar shows around a day: its week, or the whole weeks of its month. */
export function shownDays(day: string, mode: "week" | "month"): string[] {
  const from = weekStart(mode === "week" ? day : `${day.slice(0, 7)}-01`);
  const days: string[] = [];
  for (let each = from; days.length < 7 || (mode === "month" && (days.length % 7 !== 0 || each.slice(0, 7) === day.slice(0, 7))); each = moved(each, { days: 1 })) days.push(each);
  return days;
}
