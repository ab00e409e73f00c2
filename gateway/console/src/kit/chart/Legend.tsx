/** What each colour of a chart stands for, with its figure where there is one. */
export function Legend({ entries, above = "" }: { entries: { name: string; value: string }[]; above?: string }) {
  return (
    <ul className="crm-legend">
      {above ? <li>{above}</li> : null}
      {entries.map((each, index) => (
        <li key={each.name} data-series={index % 6}>
          <svg width={10} height={10} aria-hidden="true"><rect width={10} height={10} rx={2} /></svg>
          {each.name} {each.value ? <b>{each.value}</b> : null}
        </li>
      ))}
    </ul>
  );
}
