/** Bulk changes: one act upon many records, done by the service that owns them, with progress and a way back. */
import { type ListQuery, type Resource, searched } from "./records";
import { call } from "./transport";

export interface BulkChange {
  id: string;
  service: string;
  resource: string;
  verb: string;
  body?: Record<string, unknown>;
  filter?: string;
  all_matching?: boolean;
  state: "QUEUED" | "RUNNING" | "DONE" | "CANCELLED" | "FAILED";
  record_count?: number;
  changed_count?: number;
  unchanged_count?: number;
  refused_count?: number;
  undoable?: boolean;
  undo_expire_time?: string;
  undo_of_id?: string;
  undone_by_id?: string;
  creator_id?: string;
  error?: string;
  create_time?: string;
  end_time?: string;
}

export interface BulkChangeResult {
  record_id: string;
  name?: string;
  state: "WAITING" | "CHANGED" | "UNCHANGED" | "REFUSED";
  reason?: string;
  message?: string;
  field?: string;
}

/** The records an act is about: these, or all that a list shows. */
export type Chosen = { ids: string[] } | { matching: ListQuery };

export const serviceOf = (resource: Resource): string => (resource.schema.split(".")[0] ?? "").replaceAll("_", "-");
export const collectionOf = (resource: Resource): string => resource.path.slice("/v1/".length);
export const bulkPath = (service: string, id = ""): string => `/v1/services/${service.replaceAll("_", "-")}/bulk-changes${id ? `/${id}` : ""}`;
export const isOpen = (change: BulkChange): boolean => change.state === "QUEUED" || change.state === "RUNNING";

export function startBulkChange(resource: Resource, verb: string, body: object, chosen: Chosen): Promise<BulkChange> {
  const about = "ids" in chosen ? { ids: chosen.ids } : { all_matching: true, ...matching(resource, chosen.matching) };
  return call<BulkChange>("POST", bulkPath(serviceOf(resource)), { body: { resource: collectionOf(resource), verb, body, ...about } });
}

export const readBulkChange = (service: string, id: string, signal?: AbortSignal): Promise<BulkChange> => call("GET", bulkPath(service, id), { signal });
export const cancelBulkChange = (service: string, id: string): Promise<BulkChange> => call("POST", `${bulkPath(service, id)}:cancel`, { body: {} });
export const undoBulkChange = (service: string, id: string): Promise<BulkChange> => call("POST", `${bulkPath(service, id)}:undo`, { body: {} });

function matching(resource: Resource, query: ListQuery): { filter?: string; search?: string } {
  const { filter, search } = searched(resource, query);
  return { filter, search };
}
