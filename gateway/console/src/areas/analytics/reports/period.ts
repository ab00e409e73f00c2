/** The usual periods, as first and last day, both included. */

export interface Period {
  from: string;
  to: string;
}

export const PERIODS = ["month", "last_month", "quarter", "year", "days90"] as const;
export type PeriodName = (typeof PERIODS)[number];

const day = (date: Date): string => date.toLocaleDateString("en-CA");
const at = (year: number, month: number, date: number): string => day(new Date(year, month, date));

export function period(name: PeriodName, now: Date): Period {
  const [year, month] = [now.getFullYear(), now.getMonth()];
  const to = day(now);
  switch (name) {
    case "month":
      return { from: at(year, month, 1), to };
    case "last_month":
      return { from: at(year, month - 1, 1), to: at(year, month, 0) };
    case "quarter":
      return { from: at(year, month - (month % 3), 1), to };
    case "year":
      return { from: at(year, 0, 1), to };
    default:
      return { from: at(year, month, now.getDate() - 89), to };
  }
}

/** The API takes the day after the last. */
export function dayAfter(last: string): string {
  const date = new Date(`${last}T12:00:00`);
  date.setDate(date.getDate() + 1);
  return day(date);
}
