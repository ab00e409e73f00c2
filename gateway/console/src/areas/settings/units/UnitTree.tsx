/** Units below one another; arrow keys go through the tree, each unit is a link. */
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Row } from "@api/records";
import { units as resource } from "@api/resources";

export function UnitTree({ units, chosen }: { units: Row[]; chosen?: string }) {
  const onKey = (event: React.KeyboardEvent<HTMLElement>) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const links = [...event.currentTarget.querySelectorAll("a")];
    const next = links[links.indexOf(document.activeElement as HTMLAnchorElement) + step];
    if (next) event.preventDefault();
    next?.focus();
  };
  const roots = units.filter((unit) => !units.some((each) => each.id === unit.parent_id));
  return (
    // Arrow keys are a second way besides Tab; the links themselves take the focus.
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions
    <div onKeyDown={onKey}><Branch units={units} level={roots} chosen={chosen} /></div>
  );
}

function Branch({ units, level, chosen }: { units: Row[]; level: Row[]; chosen?: string }) {
  const { t } = useTranslation("units");
  return (
    <ul className="unit-tree">
      {[...level].sort((a, b) => String(a.path).localeCompare(String(b.path))).map((unit) => {
        const below = units.filter((each) => each.parent_id === unit.id);
        return (
          <li key={unit.id}>
            <Link to={resource.page(unit.id)} aria-current={unit.id === chosen ? "true" : undefined}>
              <span>{unit.name}</span>
              <small>{unit.former_path ? t("moving") : t(`values.kind.${unit.kind}`)}</small>
            </Link>
            {below.length > 0 ? <Branch units={units} level={below} chosen={chosen} /> : null}
          </li>
        );
      })}
    </ul>
  );
}
