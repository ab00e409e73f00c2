/** Positions of rules in their order, smaller first; only those that change. */
const STEP = 10;

interface Placed {
  id: string;
  position?: number;
}

/** The positions there are, given out anew; where two are alike, new ones in steps, so that others fit between. */
export function places(wanted: Placed[]): Map<string, number> {
  const present = wanted.map((each) => Number(each.position ?? 0)).sort((one, other) => one - other);
  const distinct = present.every((each, at) => at === 0 || each > (present[at - 1] ?? 0));
  const given = distinct ? present : wanted.map((_, at) => STEP * (at + 1));
  return new Map(wanted.flatMap((each, at) => (Number(each.position ?? 0) === given[at] ? [] : [[each.id, given[at] as number] as const])));
}
