/**
 * Somebody else changed the record meanwhile: `const save = useGuardedChange(leads, "leads")`, then
 * `await save(record, changes)`; when the etag was stale, the dialog with both sides opens by itself.
 */
import { useSyncExternalStore } from "react";
import { isApiError } from "@api/errors";
import { type Resource, type Row, useChange } from "@api/records";
import { call } from "@api/transport";

export interface Conflict {
  resource: Resource;
  namespace: string;
  latest: Row;
  changes: Partial<Row>;
  settle: (saved: Row | undefined) => void;
}

let conflict: Conflict | undefined;
const listeners = new Set<() => void>();

function put(next: Conflict | undefined): void {
  conflict = next;
  listeners.forEach((listener) => listener());
}

/** Saves fields of a record; asks when the etag was stale, answers undefined when nothing was saved. */
export function useGuardedChange(resource: Resource, namespace: string) {
  const change = useChange(resource);
  return async (record: Row, changes: Partial<Row>): Promise<Row | undefined> => {
    try {
      return await change.mutateAsync({ record, changes });
    } catch (refusal) {
      if (!isApiError(refusal) || refusal.kind !== "stale") throw refusal;
      const latest = await call<Row>("GET", `${resource.path}/${record.id}`);
      return new Promise((settle) => put({ resource, namespace, latest, changes, settle }));
    }
  };
}

export const settleConflict = (): void => put(undefined);

export function useConflict(): Conflict | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => conflict,
  );
}
