/** Round numbers for an axis that holds zero and all values: at most six, evenly apart. */
const STEPS = [1, 2, 2.5, 5, 10];
const MOST = 5;

export function ticks(values: number[]): number[] {
  const low = Math.min(0, ...values);
  const most = Math.max(0, ...values);
  const high = most > low ? most : low + 1;
  const span = high - low;
  const size = 10 ** Math.floor(Math.log10(span / MOST));
  const step = size * (STEPS.find((each) => span / (size * each) <= MOST) ?? 10);
  const first = Math.floor(low / step);
  return Array.from({ length: Math.ceil(high / step - first) + 1 }, (_, at) => (first + at) * step);
}
