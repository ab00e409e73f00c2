/** Working hours as people write them: `09:00-12:00, 13:00-18:00`. */
export interface Interval {
  start?: string;
  end?: string;
}

export interface WeekHours extends Interval {
  weekday?: string;
}

export const written = (intervals: Interval[]): string => intervals.map((each) => `${each.start}-${each.end}`).join(", ");

/** What cannot be read goes to the server as it is, which says what is wrong with it. */
export function intervalsOf(text: string): Interval[] {
  return text.split(/[,，、;；\s]+/).filter(Boolean).map((part) => {
    const [start = "", end = ""] = part.split(/[-–—~至]/);
    return { start, end };
  });
}

/** Days in a row with the same hours together, for example Monday to Friday. */
export function spans(weekly: WeekHours[], order: string[]): { from: string; to: string; hours: string }[] {
  const found: { from: string; to: string; hours: string }[] = [];
  for (const day of order) {
    const hours = written(weekly.filter((each) => each.weekday === day));
    const last = found.at(-1);
    if (last && last.hours === hours) last.to = day;
    else found.push({ from: day, to: day, hours });
  }
  return found.filter((each) => each.hours);
}
