/** Where the columns of a file go: proposed by the server, remembered from the last file with the same heading, chosen by hand. */

export interface FileColumn {
  heading: string;
  /** Proposed field; empty to skip the column. */
  field?: string;
  samples?: string[];
}

export type Origin = "remembered" | "proposed" | "chosen" | "skipped";

export interface ColumnChoice {
  heading: string;
  field: string;
  origin: Origin;
}

export type Remembered = Record<string, string>;

const MOST = 300;

/** What was chosen last time wins over the proposal; no field is taken twice, and one that no longer exists not at all. */
export function begin(columns: FileColumn[], remembered: Remembered, known: ReadonlySet<string>): ColumnChoice[] {
  const taken = new Set<string>();
  const take = (field: string): boolean => {
    if (!field || !known.has(field) || taken.has(field)) return false;
    taken.add(field);
    return true;
  };
  const chosen = columns.map(({ heading }) => (heading in remembered && (remembered[heading] === "" || take(remembered[heading] ?? "")) ? (remembered[heading] ?? "") : undefined));
  return columns.map(({ heading, field = "" }, at): ColumnChoice => {
    const kept = chosen[at];
    if (kept !== undefined) return { heading, field: kept, origin: kept ? "remembered" : "skipped" };
    return take(field) ? { heading, field, origin: "proposed" } : { heading, field: "", origin: "skipped" };
  });
}

/** One column to a field; the column that had it is skipped from then on. */
export function choose(choices: ColumnChoice[], heading: string, field: string): ColumnChoice[] {
  return choices.map((each) => {
    if (each.heading === heading) return { heading, field, origin: field ? "chosen" : "skipped" };
    return field && each.field === field ? { ...each, field: "", origin: "skipped" } : each;
  });
}

/** The newest choices, with those of other files; the oldest are forgotten first. */
export function remember(choices: ColumnChoice[], remembered: Remembered): Remembered {
  const names = new Set(choices.map((each) => each.heading));
  const others = Object.entries(remembered).filter(([heading]) => !names.has(heading));
  const all = [...others, ...choices.map(({ heading, field }) => [heading, field] as const)];
  return Object.fromEntries(all.slice(-MOST));
}
