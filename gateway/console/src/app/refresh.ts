/** Which cached answers a change concerns, and which it does not because they already are as it says. */
import type { InfiniteData, Query, QueryClient } from "@tanstack/react-query";
import type { Change } from "@api/live";
import type { Page, Row } from "@api/records";

/** `leads.lead_import` is the resource that the API description calls `leads.LeadImport`. */
export function schemaOf(type: string): string {
  const [domain = "", noun = ""] = type.split(".");
  return `${domain}.${noun.split("_").map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("")}`;
}

/** The changes that are news here: what this page did itself is shown already. */
export function unknown(client: QueryClient, changes: Change[]): Change[] {
  return changes.filter((change) => {
    const known = etagOf(client, schemaOf(change.type), change.id);
    return !change.etag || known !== change.etag;
  });
}

/** Reads again what is shown of the records and the lists they may stand in; what is not shown is read when it is. */
export function refresh(client: QueryClient, changes: Change[]): void {
  void client.invalidateQueries({ predicate: concerned(changes) });
}

/** Whether something on the page shows one of the records. */
export function isShown(client: QueryClient, change: Change): boolean {
  return client.getQueryCache().findAll({ type: "active", predicate: concerned([change]) }).some((query) => holds(query.state.data, change.id));
}

function concerned(changes: Change[]): (query: Query) => boolean {
  const schemas = new Set(changes.map((change) => schemaOf(change.type)));
  const ids = new Set(changes.map((change) => change.id));
  return ({ queryKey }) => {
    const [schema, kind] = queryKey as string[];
    return (schemas.has(schema ?? "") && kind !== "record") || queryKey.some((part) => typeof part === "string" && ids.has(part));
  };
}

function etagOf(client: QueryClient, schema: string, id: string): string | undefined {
  const record = client.getQueryData<Row>([schema, "record", id]);
  if (record?.etag) return record.etag;
  for (const [, data] of client.getQueriesData<InfiniteData<Page>>({ queryKey: [schema, "list"] })) {
    const row = rowsOf(data).find((each) => each.id === id);
    if (row?.etag) return row.etag;
  }
  return undefined;
}

function holds(data: unknown, id: string): boolean {
  return (data as Row | undefined)?.id === id || rowsOf(data).some((row) => row.id === id);
}

function rowsOf(data: unknown): Row[] {
  const pages = (data as InfiniteData<Page> | undefined)?.pages;
  return Array.isArray(pages) ? pages.flatMap((page) => page.rows ?? []) : [];
}
