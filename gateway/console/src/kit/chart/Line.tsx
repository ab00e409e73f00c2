/** One line per series over what runs along the axis; the figures of a place are told when it is pointed at. */
import { useEffect, useRef, useState } from "react";
import type { ChartData } from "./ChartWithTable";
import { Legend } from "./Legend";
import { ticks } from "./scale";

const [HEIGHT, TOP, BOTTOM, LEFT, RIGHT] = [252, 12, 26, 72, 16];
const LABEL = 72;

export default function Line({ title, categories, series, format = String }: ChartData) {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(600);
  const [at, point] = useState<number>();
  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => setWidth(Math.max(240, element.clientWidth)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const marks = ticks(series.flatMap((each) => each.values));
  const [low, high] = [marks[0] ?? 0, marks.at(-1) ?? 1];
  const x = (index: number) => LEFT + ((width - LEFT - RIGHT) * (index + 0.5)) / categories.length;
  const y = (value: number) => TOP + ((HEIGHT - TOP - BOTTOM) * (high - value)) / (high - low || 1);
  const every = Math.max(1, Math.ceil((categories.length * LABEL) / (width - LEFT - RIGHT)));
  const nearest = (offset: number) => Math.max(0, Math.min(categories.length - 1, Math.floor(((offset - LEFT) * categories.length) / (width - LEFT - RIGHT))));
  return (
    <div ref={place} className="crm-svg">
      <svg role="img" aria-label={title} width="100%" height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} onPointerMove={(event) => point(nearest(((event.clientX - event.currentTarget.getBoundingClientRect().left) * width) / event.currentTarget.clientWidth))} onPointerLeave={() => point(undefined)}>
        {marks.map((mark) => (
          <g key={mark}>
            <line x1={LEFT} x2={width - RIGHT} y1={y(mark)} y2={y(mark)} className="crm-svg-grid" />
            <text x={LEFT - 8} y={y(mark)} textAnchor="end" dominantBaseline="middle">{format(mark)}</text>
          </g>
        ))}
        {categories.map((name, index) => (index % every === 0 ? <text key={name} x={x(index)} y={HEIGHT - 8} textAnchor="middle">{name}</text> : null))}
        {at === undefined ? null : <line x1={x(at)} x2={x(at)} y1={TOP} y2={HEIGHT - BOTTOM} className="crm-svg-grid" />}
        {series.map((each, index) => (
          <g key={each.name} data-series={index % 6}>
            <polyline fill="none" strokeWidth={2} points={each.values.map((value, place) => `${x(place)},${y(value)}`).join(" ")} />
            {each.values.map((value, place) => <circle key={categories[place]} cx={x(place)} cy={y(value)} r={place === at ? 4 : 2.5} />)}
          </g>
        ))}
      </svg>
      <Legend entries={series.map((each) => ({ name: each.name, value: at === undefined ? "" : format(each.values[at] ?? 0) }))} above={at === undefined ? "" : (categories[at] ?? "")} />
    </div>
  );
}
