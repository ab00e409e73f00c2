/** Parts of a whole as a ring, the largest first, the smallest left open; what is below zero is no part. */
import type { ChartData } from "./ChartWithTable";
import { Legend } from "./Legend";

const [SIZE, RADIUS, BREADTH] = [200, 74, 36];
const AROUND = 2 * Math.PI * RADIUS;
const MOST = 6;

export default function Donut({ title, categories, series, format = String }: ChartData) {
  const all = categories.map((name, at) => ({ name, value: series[0]?.values[at] ?? 0 })).filter((part) => part.value > 0).sort((one, other) => other.value - one.value);
  const parts = all.slice(0, MOST);
  const whole = all.reduce((sum, part) => sum + part.value, 0);
  const length = (value: number) => (value / whole) * AROUND;
  const arcs = parts.map((part, at) => ({ ...part, length: length(part.value), from: length(parts.slice(0, at).reduce((sum, each) => sum + each.value, 0)) }));
  return (
    <div className="crm-svg crm-donut">
      <svg role="img" aria-label={title} width={SIZE} height={SIZE} viewBox={`0 0 ${SIZE} ${SIZE}`}>
        <g transform={`rotate(-90 ${SIZE / 2} ${SIZE / 2})`}>
          {arcs.map((arc, index) => <circle key={arc.name} data-series={index % 6} data-arc cx={SIZE / 2} cy={SIZE / 2} r={RADIUS} strokeWidth={BREADTH} strokeDasharray={`${Math.max(0, arc.length - 2)} ${AROUND}`} strokeDashoffset={-arc.from} />)}
        </g>
      </svg>
      <Legend entries={parts.map((part) => ({ name: part.name, value: `${format(part.value)} · ${((100 * part.value) / whole).toFixed(1)}%` }))} />
    </div>
  );
}
