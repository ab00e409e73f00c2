/** The form of something administrators keep: the same for a new one and for changes. */
import type { ReactNode } from "react";
import type { OwnInput } from "../FormFromMeta";

export interface CatalogueForm {
  /** Fields in their order; `custom_fields` stands for all custom ones. */
  fields: string[];
  /** Fields behind "more". */
  more?: string[];
  /** Fields a new one has and nobody changes afterwards by this form. */
  once?: string[];
  required?: string[];
  inputs?: Record<string, (props: OwnInput) => ReactNode>;
  /** What a new one begins with. */
  initial?: Record<string, unknown>;
}
