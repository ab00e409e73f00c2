/** What is known of a competitor. */
import type { CatalogueForm } from "@kit/catalogue/form";

export const FORM: CatalogueForm = { fields: ["name", "website", "strengths", "weaknesses", "products", "price_notes", "custom_fields"] };
