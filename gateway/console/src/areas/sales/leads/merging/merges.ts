/** Merging of leads over the contract: what a merge would give, the merge, the way back. */
import type { Row } from "@api/records";
import { call } from "@api/transport";

export interface Choice {
  field: string;
  lead_id: string;
}

export interface Moved {
  service: string;
  kind: string;
  count?: number;
  changed_count?: number;
}

export interface LeadMerge {
  id: string;
  survivor_id: string;
  merged_ids: string[];
  state: "SETTLING" | "SETTLED" | "UNMERGING" | "UNMERGED";
  merged_by: string;
  moved?: Moved[];
  undo_until_time: string;
  create_time: string;
  etag?: string;
}

export interface Preview {
  survivor_id: string;
  lead: Row;
  leads: Row[];
  choices?: Choice[];
  moved?: Moved[];
}

export interface Wanted {
  leads: { id: string; etag?: string }[];
  survivor_id: string;
  policy: string;
  choices: Choice[];
}

export interface Duplicate {
  lead: Row;
  score: number;
  band: string;
  reasons?: { field: string; says: string; against?: boolean }[];
}

export interface Conflict {
  kind: "field" | "touch";
  key: string;
  merged_value?: string;
  present_value?: string;
}

export const MOST_LEADS = 10;
export const MERGEABLE = ["POOLED", "UNPLACED", "ASSIGNED", "WORKING", "QUALIFIED", "DISQUALIFIED", "CONVERTED"];
export const mergePage = (ids: string[]): string => `/app/sales/leads/merge?ids=${ids.join(",")}`;

export const previewMerge = (wanted: Wanted, signal?: AbortSignal) => call<Preview>("POST", "/v1/leads:previewMerge", { body: wanted, signal });
export const mergeLeads = (wanted: Wanted) => call<LeadMerge>("POST", "/v1/leads:merge", { body: wanted });
export const unmergeLeads = (id: string, decisions: object[] = []) => call<LeadMerge>("POST", `/v1/lead-merges/${id}:unmerge`, { body: { decisions } });
export const previewUnmerge = (id: string, signal?: AbortSignal) => call<{ conflicts?: Conflict[]; leads?: Row[] }>("GET", `/v1/lead-merges/${id}:previewUnmerge`, { signal });
export const possibleDuplicates = (id: string, signal?: AbortSignal) => call<{ possible_duplicates?: Duplicate[] }>("GET", `/v1/leads/${id}/possible-duplicates`, { signal });
export const mergesOf = (id: string, signal?: AbortSignal) => call<{ lead_merges?: LeadMerge[] }>("GET", `/v1/leads/${id}/merges`, { query: { page_size: 20 }, signal });
