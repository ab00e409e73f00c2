/** Records of any resource: read, list by keyset pages, change optimistically with the etag that was read. */
import {
  type InfiniteData,
  keepPreviousData,
  type QueryClient,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { call, newKey } from "./transport";

/** What the console knows about a resource; areas declare theirs in `resources.ts` of `src/api`. */
export interface Resource {
  /** Name in the OpenAPI document, for example `leads.Lead`. */
  schema: string;
  /** Collection in the API, for example `/v1/leads`. */
  path: string;
  /** Property of the list answer, for example `leads`. */
  items: string;
  /** Prefix of the permissions, for example `leads.lead`. */
  permission: string;
  /** Page of one record. */
  page: (id: string) => string;
  /** What people call a record. */
  title: (record: Row) => string;
  /** Fields a typed text is looked for in, where the list has no full text search. */
  textIn?: string[];
  /** Its list neither searches nor counts. */
  plain?: boolean;
  /** Its records are changed by verbs alone. */
  fixed?: boolean;
}

// Records are as wide as the contract; pages that need exact types read them through the typed client.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Row = { id: string; etag?: string } & Record<string, any>;

export interface ListQuery {
  filter?: string;
  order_by?: string;
  search?: string;
  page_size?: number;
  fields?: string;
  count?: "COUNT_MODE_CAPPED" | "COUNT_MODE_EXACT";
}

export interface Page {
  rows: Row[];
  next: string;
  /** -1 when it was not counted; 10,001 means more than 10,000. */
  total: number;
}

export async function listPage(resource: Resource, query: ListQuery, token = "", signal?: AbortSignal): Promise<Page> {
  const answered = await call<Record<string, unknown>>("GET", resource.path, {
    query: { ...searched(resource, query), page_token: token },
    signal,
  });
  return {
    rows: (answered[resource.items] ?? []) as Row[],
    next: String(answered.next_page_token ?? ""),
    total: query.count ? Number(answered.total_size ?? 0) : -1,
  };
}

/** A typed text as part of the filter, for lists without full text search. */
export function searched(resource: Resource, query: ListQuery): ListQuery {
  if (!resource.textIn || !query.search) return query;
  const text = `"${query.search.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  const anywhere = `(${resource.textIn.map((field) => `${field} : ${text}`).join(" OR ")})`;
  return { ...query, search: undefined, filter: query.filter ? `${anywhere} AND (${query.filter})` : anywhere };
}

export const listKey = (resource: Resource, query: ListQuery) => [resource.schema, "list", query] as const;
export const recordKey = (resource: Resource, id: string) => [resource.schema, "record", id] as const;

export function useRecords(resource: Resource, query: ListQuery) {
  return useInfiniteQuery({
    queryKey: listKey(resource, query),
    // Counting costs the server more than the page; the first page says it for all.
    queryFn: ({ pageParam, signal }) =>
      listPage(resource, pageParam ? { ...query, count: undefined } : query, pageParam, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
    placeholderData: keepPreviousData,
  });
}

export function useRecord(resource: Resource, id: string | undefined) {
  const client = useQueryClient();
  return useQuery<Row>({
    queryKey: recordKey(resource, id ?? ""),
    queryFn: ({ signal }) => call<Row>("GET", `${resource.path}/${id}`, { signal }),
    enabled: Boolean(id),
    placeholderData: (): Row | undefined => listed(client, resource, id ?? ""),
  });
}

/** Which version each change of this tab led to: the next one, begun before the answer came, is then no conflict. */
const followed = new Map<string, string>();

function newest(id: string, etag = ""): string {
  const next = followed.get(`${id} ${etag}`);
  return next === undefined ? etag : newest(id, next);
}

/** Changes some fields: shown at once, sent one after the other, taken back when refused. `changes` never holds `etag`. */
export function useChange(resource: Resource) {
  const client = useQueryClient();
  const mutationKey = [resource.schema, "change"];
  return useMutation({
    mutationKey,
    scope: { id: mutationKey.join(" ") },
    mutationFn: async ({ record, changes }: { record: Row; changes: Partial<Row> }) => {
      const etag = newest(record.id, record.etag);
      const row = await call<Row>("PATCH", `${resource.path}/${record.id}`, { body: changes, etag });
      if (row.etag && row.etag !== etag) followed.set(`${record.id} ${etag}`, row.etag);
      return row;
    },
    onMutate: ({ record, changes }) => {
      const before = known(client, resource, record.id) ?? record;
      remember(client, resource, { ...before, ...changes });
      return { before };
    },
    onSuccess: (row) => {
      // What waits for its turn is shown already and stays so.
      const waiting = client.isMutating({ mutationKey }) > 1;
      remember(client, resource, waiting ? { ...row, ...known(client, resource, row.id), etag: row.etag } : row);
    },
    onError: (_error, _variables, context) => {
      if (context) remember(client, resource, context.before);
    },
  });
}

export async function create(resource: Resource, record: Partial<Row>, key = newKey()): Promise<Row> {
  return call<Row>("POST", resource.path, { body: record, key });
}

/** A verb of the contract: `useVerb(leads)` → `mutate({ id, verb: "claim", body, etag })`. Answers the record. */
export function useVerb(resource: Resource) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, verb, body = {}, etag }: { id: string; verb: string; body?: object; etag?: string }) =>
      call<Row>("POST", `${resource.path}/${id}:${verb}`, { body: etag ? { ...body, etag } : body }),
    onSuccess: (row) => {
      remember(client, resource, row);
      void client.invalidateQueries({ queryKey: [resource.schema] });
    },
  });
}

/** Puts a record into every cache that shows it. */
export function remember(client: QueryClient, resource: Resource, row: Row): void {
  client.setQueryData(recordKey(resource, row.id), row);
  client.setQueriesData<InfiniteData<Page>>({ queryKey: [resource.schema, "list"] }, (data) =>
    data && {
      ...data,
      pages: data.pages.map((page) => ({
        ...page,
        rows: page.rows.map((each) => (each.id === row.id ? { ...each, ...row } : each)),
      })),
    },
  );
}

function known(client: QueryClient, resource: Resource, id: string): Row | undefined {
  return client.getQueryData<Row>(recordKey(resource, id)) ?? listed(client, resource, id);
}

function listed(client: QueryClient, resource: Resource, id: string): Row | undefined {
  for (const [, data] of client.getQueriesData<InfiniteData<Page>>({ queryKey: [resource.schema, "list"] })) {
    const found = data?.pages.flatMap((page) => page.rows).find((row) => row.id === id);
    if (found) return found;
  }
  return undefined;
}
