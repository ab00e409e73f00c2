/** The tree of units: `useUnits()` knows all of them, `<UnitName path={record.unit_path} />` shows one by its path. */
import { useQuery } from "@tanstack/react-query";
import { listPage, type Row } from "@api/records";
import { units } from "@api/resources";
import { useAccess } from "@app/access";
import { Nothing } from "./values";

async function all(signal: AbortSignal): Promise<Row[]> {
  const found: Row[] = [];
  for (let token = ""; ; ) {
    const page = await listPage(units, { page_size: 200, order_by: "path" }, token, signal);
    found.push(...page.rows);
    if (!page.next) return found;
    token = page.next;
  }
}

export function useUnits() {
  const { can } = useAccess();
  return useQuery({ queryKey: [units.schema, "tree"], queryFn: ({ signal }) => all(signal), enabled: can("identity.unit.list"), staleTime: 60_000 });
}

export function UnitName({ path }: { path?: string }) {
  const known = useUnits();
  if (!path) return <Nothing />;
  const unit = known.data?.find((each) => each.path === path);
  return <span title={path}>{unit ? String(unit.name) : path}</span>;
}
