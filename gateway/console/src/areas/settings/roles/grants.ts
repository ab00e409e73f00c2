/** Grants as the editor changes them: one scope per pattern, the widest one that matches counts. */
import { matches } from "@app/access";

export interface Grant {
  permission: string;
  scope: string;
}

export interface FieldRule {
  field: string;
  read: "FULL" | "MASKED" | "HIDDEN";
  read_only: boolean;
}

export const SCOPES = ["own", "unit", "subtree", "territory", "all"];

/** How far the pattern itself is granted; empty when it is not. */
export const scopeOf = (grants: Grant[], pattern: string): string => grants.find((grant) => grant.permission === pattern)?.scope ?? "";

/** Grants the pattern with a scope, or takes it away with an empty one; the others keep their order. */
export function granted(grants: Grant[], pattern: string, scope: string): Grant[] {
  const others = grants.filter((grant) => grant.permission !== pattern);
  if (!scope) return others;
  if (others.length === grants.length) return [...grants, { permission: pattern, scope }];
  return grants.map((grant) => (grant.permission === pattern ? { permission: pattern, scope } : grant));
}

/** The widest other grant that already covers a permission or a whole branch such as `leads.lead.*`. */
export function inherited(grants: Grant[], pattern: string): Grant | undefined {
  return grants
    .filter((grant) => grant.permission !== pattern && grant.permission.includes("*") && matches(grant.permission, pattern))
    .reduce<Grant | undefined>((widest, grant) => (widest && SCOPES.indexOf(widest.scope) >= SCOPES.indexOf(grant.scope) ? widest : grant), undefined);
}

/** Patterns across services, such as `*.*.get`, which stand in no branch of the catalogue. */
export const isAcross = (pattern: string): boolean => pattern.includes("*") && !/^[a-z_]+\.(\*|[a-z_]+\.\*)$/.test(pattern);
