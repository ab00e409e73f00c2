/** What the rule of a territory may ask about a customer, as `Territory.rule` of the contract lists it. */
import type { Field } from "@api/metadata";

const ASKED = ["type", "name", "industry", "headcount", "source", "kind", "value_rating", "credit_rating", "relationship_level", "phase", "country_code", "province", "city", "postal_code", "tags", "owner_id", "unit_path", "parent_id"];

export const ruleFields = (fields: Field[]): Field[] => ASKED.flatMap((name) => fields.filter((field) => field.name === name));
