/**
 * Territories: `useTerritories(model)` knows those of a model, `useTerritoriesInForce()` those that count now;
 * `<TerritoryNames ids={customer.territory_ids} />` and `<TerritoryPicker … />` show and choose them.
 */
import { useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { listPage, type Row } from "@api/records";
import { territories, territoryModels } from "@api/resources";
import { useAccess } from "@app/access";
import { Reference } from "./FieldValue";
import { Nothing } from "./values";

async function ofModel(model: string, signal: AbortSignal): Promise<Row[]> {
  const found: Row[] = [];
  for (let token = ""; ; ) {
    const page = await listPage(territories, { filter: `model_id = "${model}"`, page_size: 200, order_by: "code" }, token, signal);
    found.push(...page.rows);
    if (!page.next) return found;
    token = page.next;
  }
}

export function useTerritories(model: string) {
  return useQuery({ queryKey: [territories.schema, "of", model], queryFn: ({ signal }) => ofModel(model, signal) });
}

export function useTerritoriesInForce() {
  const { can } = useAccess();
  return useQuery({
    queryKey: [territories.schema, "in force"],
    queryFn: async ({ signal }) => {
      const [model] = (await listPage(territoryModels, { filter: "state = ACTIVE", page_size: 1 }, "", signal)).rows;
      return model ? ofModel(model.id, signal) : [];
    },
    enabled: can("identity.territory.list") && can("identity.territory_model.list"),
    staleTime: 60_000,
  });
}

/** Names from the highest territory down to this one. */
export function pathOf(territory: Row, known: Row[]): string {
  const above = ((territory.ancestor_ids ?? []) as string[]).map((id) => known.find((each) => each.id === id));
  return [...above, territory].map((each) => (each ? territories.title(each) : "…")).join(" / ");
}

export function TerritoryNames({ ids }: { ids?: string[] }) {
  if (!ids?.length) return <Nothing />;
  return <span className="crm-names">{ids.map((id) => <Reference key={id} field="territory_id" id={id} />)}</span>;
}

interface PickerProps {
  id: string;
  autoFocus: boolean;
  value: unknown;
  onChange: (codes: unknown) => void;
  multiple?: boolean;
}

/** Chooses among the territories in force by their codes, which copies of the model keep. */
export function TerritoryPicker({ value, onChange, multiple = false, ...rest }: PickerProps) {
  const found = useTerritoriesInForce();
  const known = found.data ?? [];
  const options = known.map((each) => ({ value: String(each.code), label: pathOf(each, known) })).sort((a, b) => a.label.localeCompare(b.label));
  return <Select {...rest} className="crm-wide crm-whole" mode={multiple ? "multiple" : undefined} allowClear showSearch={{ optionFilterProp: "label" }} loading={found.isFetching} options={options} value={value || undefined} onChange={(next) => onChange(next ?? (multiple ? [] : ""))} />;
}
