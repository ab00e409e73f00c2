/** What pools and distribution rules are made of. */
import { leads } from "@api/resources";
import type { CatalogueForm } from "@kit/catalogue/form";
import { condition, people, timeZone, unitPath } from "@kit/catalogue/inputs";

export const POOL: CatalogueForm = {
  fields: ["name", "unit_path", "daily_claim_limit", "holding_limit", "cooldown_days", "recycle_days", "protect_days", "touch_protect_days", "max_protect_days", "time_zone", "custom_fields"],
  inputs: { unit_path: unitPath, time_zone: timeZone },
  initial: { time_zone: "Asia/Shanghai" },
};

/** Fields of leads that conditions may ask about. */
const ASKED = ["score", "grade", "country_code", "province", "city", "postal_code", "product_line", "source", "channel", "campaign_id", "tags", "company", "job_title", "need", "intent_count", "credit_code", "recycle_count"];

export const RULE: CatalogueForm = {
  fields: ["name", "filter", "method", "target_unit_path", "member_ids", "member_capacity", "accept_hours", "unit_path"],
  inputs: { filter: condition(leads, "leads", ASKED), target_unit_path: unitPath, member_ids: people, unit_path: unitPath },
  initial: { method: "POOL" },
};
