/**
 * How an area announces its pages. Every `src/areas/<group>/<area>/area.tsx` exports `area`; the shell finds them all,
 * so that adding a page changes no file of the foundation.
 */
import type { ComponentType } from "react";
import type { Access } from "./access";

export const GROUPS = ["home", "customers", "sales", "marketing", "service", "analytics", "settings"] as const;
export type Group = (typeof GROUPS)[number];

export interface PageDefinition {
  /** Below `/app`, for example `/sales/leads/:id`. */
  path: string;
  load: () => Promise<{ default: ComponentType }>;
  /** Permission without which the page is neither shown nor opened. */
  permission?: string;
  /** The permission counts only with a scope of all. */
  whole?: boolean;
  /** Key of `nav.json` when the page stands in the menu: the order of `nav.json` is the order of the menu. */
  nav?: string;
  /** Letter after G that goes there. */
  shortcut?: string;
}

export const opens = (access: Access, page: PageDefinition): boolean => access.can(page.permission) && (!page.whole || access.scope(page.permission ?? "") === "all");

export interface Creation {
  /** Key in `nav.json` under `create`. */
  key: string;
  permission: string;
  to: string;
}

export interface Area {
  group: Group;
  pages: PageDefinition[];
  creations?: Creation[];
}

const found = import.meta.glob<Area>("../areas/*/*/area.ts", { eager: true, import: "area" });

export const areas: Area[] = Object.values(found);
export const pages = areas.flatMap((area) => area.pages.map((page) => ({ ...page, group: area.group })));
export const creations = areas.flatMap((area) => area.creations ?? []);
