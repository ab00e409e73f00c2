/** What a pipeline is besides its stages, which have an editor of their own. */
import type { CatalogueForm } from "@kit/catalogue/form";

export const FORM: CatalogueForm = { fields: ["name", "win_policy", "custom_fields"], initial: { win_policy: "QUOTE_OR_CONTRACT" } };
