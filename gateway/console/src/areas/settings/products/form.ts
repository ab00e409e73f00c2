/** What a product is made of. */
import type { CatalogueForm } from "@kit/catalogue/form";

export const FORM: CatalogueForm = { fields: ["code", "name", "list_price", "unit", "product_line", "tax_rate", "tax_code", "description", "custom_fields"] };
