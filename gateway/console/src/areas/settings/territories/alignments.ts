/** Previews and runs of a model, looked at again every second while they are under way. */
import { useQuery } from "@tanstack/react-query";
import { listPage, recordKey, type Row } from "@api/records";
import { territoryAlignments } from "@api/resources";
import { call } from "@api/transport";

const EVERY_MS = 1000;
/** So long after a model came into force its run is waited for, though none is seen yet. */
const EXPECTED_MS = 60_000;

const underWay = (alignment: Row | null | undefined): boolean => alignment?.state === "QUEUED" || alignment?.state === "RUNNING";

/** The latest one of the model; null when there is none. */
export function useLatestAlignment(model: Row) {
  const expected = (latest: Row | null | undefined) => model.state === "ACTIVE" && latest?.kind !== "RUN" && Date.now() - Date.parse(model.activate_time) < EXPECTED_MS;
  return useQuery({
    queryKey: [territoryAlignments.schema, "of", model.id, model.state],
    queryFn: async ({ signal }) => (await listPage(territoryAlignments, { filter: `territory_model_id = "${model.id}"`, order_by: "create_time desc", page_size: 1 }, "", signal)).rows[0] ?? null,
    refetchInterval: ({ state }) => (underWay(state.data) || expected(state.data) ? EVERY_MS : false),
  });
}

export function useAlignment(id: string) {
  return useQuery({
    queryKey: recordKey(territoryAlignments, id),
    queryFn: ({ signal }) => call<Row>("GET", `${territoryAlignments.path}/${id}`, { signal }),
    refetchInterval: ({ state }) => (underWay(state.data) ? EVERY_MS : false),
  });
}
