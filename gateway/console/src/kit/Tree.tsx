/**
 * Records below one another; arrow keys go through the tree, each record is a link:
 * `<Tree resource={units} rows={known} order={(unit) => unit.path} aside={(unit) => …} chosen={id} />`.
 */
import type { ReactNode } from "react";
import { Link } from "react-router";
import type { Resource, Row } from "@api/records";
import "./tree.css";

interface Props {
  resource: Resource;
  rows: Row[];
  order: (row: Row) => string;
  aside?: (row: Row) => ReactNode;
  chosen?: string;
}

export function Tree(props: Props) {
  const onKey = (event: React.KeyboardEvent<HTMLElement>) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const links = [...event.currentTarget.querySelectorAll("a")];
    const next = links[links.indexOf(document.activeElement as HTMLAnchorElement) + step];
    if (next) event.preventDefault();
    next?.focus();
  };
  const roots = props.rows.filter((row) => !props.rows.some((each) => each.id === row.parent_id));
  return (
    // Arrow keys are a second way besides Tab; the links themselves take the focus.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div onKeyDown={onKey}><Branch {...props} level={roots} /></div>
  );
}

function Branch({ level, ...tree }: Props & { level: Row[] }) {
  const { resource, rows, order, aside, chosen } = tree;
  return (
    <ul className="crm-tree">
      {[...level].sort((a, b) => order(a).localeCompare(order(b))).map((row) => {
        const below = rows.filter((each) => each.parent_id === row.id);
        return (
          <li key={row.id}>
            <Link to={resource.page(row.id)} aria-current={row.id === chosen ? "true" : undefined}>
              <span>{resource.title(row)}</span>
              {aside ? <small>{aside(row)}</small> : null}
            </Link>
            {below.length > 0 ? <Branch {...tree} level={below} /> : null}
          </li>
        );
      })}
    </ul>
  );
}
