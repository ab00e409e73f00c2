/** The menu: pages that exist and are permitted, in the order of `nav.json`; the same list feeds the palette. */
import { useTranslation } from "react-i18next";
import { type Access, useAccess } from "./access";
import { creations, type Group, GROUPS, opens, type PageDefinition, pages } from "./area";
import { currentPrefs } from "./prefs";

export interface Destination extends PageDefinition {
  group: Group;
  label: string;
  to: string;
}

export function useNavigation(): { group: Group; title: string; items: Destination[] }[] {
  const { t } = useTranslation("nav");
  const access = useAccess();
  const order = Object.keys(t("pages", { returnObjects: true }) as object);
  const visible = pages.filter((page) => page.nav && opens(access, page));
  return GROUPS.map((group) => ({
    group,
    title: t(`groups.${group}`),
    items: visible
      .filter((page) => page.group === group)
      .sort((a, b) => order.indexOf(a.nav ?? "") - order.indexOf(b.nav ?? ""))
      .map((page) => ({ ...page, label: t(`pages.${page.nav}`), to: `/app${page.path}` })),
  })).filter((each) => each.items.length > 0);
}

export function useCreations() {
  const { t } = useTranslation("nav");
  const { can } = useAccess();
  return creations.filter((each) => can(each.permission)).map((each) => ({ ...each, label: t(`create.${each.key}`) }));
}

/** Where a person begins: the page they chose, else Home, else the first page they may see. */
export function startPage(access: Access): string {
  const chosen = currentPrefs().start_page;
  const visible = pages.filter((page) => page.nav && opens(access, page));
  const found = visible.find((page) => page.path === chosen) ?? visible.find((page) => page.nav === "home") ?? visible[0];
  return found ? `/app${found.path}` : "/app/nothing";
}
