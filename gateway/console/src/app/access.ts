/** What the signed-in person may do, from `grants`, `positions` and `disabled_modules` of `/v1/users/me`. */
import { createContext, useContext } from "react";
import type { CurrentUser } from "@api/session";

export interface Access {
  me: CurrentUser;
  id: string;
  /** Whether the person may use the permission on at least some records. */
  can: (permission: string | undefined) => boolean;
  /** How far the permission reaches: own, unit, subtree, territory, all; empty without it. */
  scope: (permission: string) => string;
}

const SCOPES = ["", "own", "unit", "subtree", "territory", "all"];

export const AccessContext = createContext<Access | null>(null);

export function useAccess(): Access {
  const access = useContext(AccessContext);
  if (!access) throw new Error("useAccess outside of the signed-in console");
  return access;
}

export function accessOf(me: CurrentUser): Access {
  const grants = [...(me.grants ?? []), ...(me.positions ?? []).flatMap((position) => position.grants ?? [])];
  const known = new Map<string, string>();
  const scope = (permission: string): string => {
    let found = known.get(permission);
    if (found === undefined) {
      const matching = grants.filter((grant) => matches(grant.permission ?? "", permission));
      found = matching.reduce((widest, grant) => wider(widest, grant.scope ?? ""), "");
      known.set(permission, found);
    }
    return found;
  };
  return { me, id: me.user?.id ?? "", scope, can: (permission) => !permission || scope(permission) !== "" };
}

/** `leads.*.get` matches `leads.lead.get`; a star also stands for several parts, as on the server. */
export function matches(pattern: string, permission: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(permission);
}

const wider = (one: string, other: string): string => (SCOPES.indexOf(other) > SCOPES.indexOf(one) ? other : one);
