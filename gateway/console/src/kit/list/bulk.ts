/** What a list offers for its selected records; each is done by the service, record by record, as if it were done alone. */
import type { Row } from "@api/records";

export interface BulkAction {
  key: string;
  label: string;
  permission: string;
  /** `update`, or a verb of the resource's path: `claim`. */
  verb: string;
  body?: Record<string, unknown>;
  /** Which of the selected it concerns; the others are left out. */
  enabled?: (row: Row) => boolean;
  /** The same as a filter, for all that match. */
  within?: string;
  /** Leads to a page about the chosen, so many at least and at most, instead of changing each. */
  to?: { page: (rows: Row[]) => string; least: number; most: number };
  /** Asks first: an operation of the contract and its fields. */
  ask?: { operation: string; fields: string[] };
}
