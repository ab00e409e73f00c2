/** Names of records referred to by id: asked for together, once per 20 ms, and kept for five minutes. */
import { useQuery } from "@tanstack/react-query";
import { listPage, type Resource, type Row } from "@api/records";

interface Batch {
  ids: Map<string, ((row: Row | undefined) => void)[]>;
}

const AT_ONCE = 20;
const batches = new Map<string, Batch>();

function load(resource: Resource, id: string): Promise<Row | undefined> {
  return new Promise((resolve) => {
    let batch = batches.get(resource.schema);
    if (!batch) {
      batches.set(resource.schema, (batch = { ids: new Map() }));
      setTimeout(() => void flush(resource), 20);
    }
    batch.ids.set(id, [...(batch.ids.get(id) ?? []), resolve]);
  });
}

async function flush(resource: Resource): Promise<void> {
  const batch = batches.get(resource.schema);
  batches.delete(resource.schema);
  const ids = [...(batch?.ids.keys() ?? [])];
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const part = ids.slice(from, from + AT_ONCE);
    const filter = `id = (${part.map((id) => `"${id}"`).join(" OR ")})`;
    // A name that may not be seen is no reason to show an error; the place stays empty.
    const page = await listPage(resource, { filter, page_size: part.length }).catch(() => ({ rows: [] as Row[] }));
    for (const id of part) {
      const row = page.rows.find((each) => each.id === id);
      batch?.ids.get(id)?.forEach((resolve) => resolve(row));
    }
  }
}

/** The title of the record, empty while unknown, `…abcd` when it may not be seen. */
export function useName(resource: Resource | undefined, id: string | undefined): string {
  const found = useQuery({
    queryKey: ["name", resource?.schema, id],
    queryFn: async () => (await load(resource as Resource, id as string)) ?? null,
    enabled: Boolean(resource && id),
    staleTime: 300_000,
  });
  if (!id || !resource || found.isPending) return "";
  return found.data ? resource.title(found.data) : `…${id.slice(-4)}`;
}
