/** The import of leads, as the import pages of the kit need to know it. */
import { leadImports, leads } from "@api/resources";
import type { ImportKind } from "@kit/import/kind";

export const LEADS: ImportKind = {
  files: "/v1/lead-files",
  jobs: leadImports,
  namespace: "imports",
  records: leads,
  recordNamespace: "leads",
  fields: ["name", "first_name", "last_name", "company", "job_title", "phone", "email", "need", "product_line", "source", "province", "city", "address", "postal_code", "country_code", "website", "credit_code", "tags", "external_id", "open_id", "campaign_id", "opt_outs"],
  settings: ["source", "campaign_id", "country_code"],
  verdicts: [
    { verdict: "created", counter: "created_count", tone: "good" },
    { verdict: "merged", counter: "merged_count", tone: "active" },
    { verdict: "overwritten", counter: "overwritten_count", tone: "active" },
    { verdict: "attached", counter: "attached_count", tone: "active" },
    { verdict: "reopened", counter: "reopened_count", tone: "active" },
    { verdict: "ignored", counter: "ignored_count", tone: "idle" },
    { verdict: "held", counter: "held_count", tone: "warn" },
    { verdict: "error", counter: "error_count", tone: "bad" },
  ],
};
