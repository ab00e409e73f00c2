/** Records opened lately on this machine, newest first, per person. */
import type { Resource, Row } from "@api/records";

export interface Recent {
  schema: string;
  id: string;
  title: string;
  to: string;
}

const MOST = 12;
const key = (user: string): string => `crm.recent.${user}`;

export function recentOf(user: string): Recent[] {
  try {
    return JSON.parse(localStorage.getItem(key(user)) ?? "[]") as Recent[];
  } catch {
    return [];
  }
}

/** Record pages call this when they have their record. */
export function visited(user: string, resource: Resource, row: Row): void {
  const entry = { schema: resource.schema, id: row.id, title: resource.title(row), to: resource.page(row.id) };
  const others = recentOf(user).filter((each) => each.to !== entry.to);
  localStorage.setItem(key(user), JSON.stringify([entry, ...others].slice(0, MOST)));
}
