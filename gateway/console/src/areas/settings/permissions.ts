/** Permissions as people read them: grouped by service and kind of record, named in the reader's language. */
import { useTranslation } from "react-i18next";
import { humanised } from "@kit/format";

export interface PermissionNames {
  service: (service: string) => string;
  resource: (service: string, resource: string) => string;
  action: (permission: string) => string;
  scope: (scope: string) => string;
  /** Service, kind and action in one line. */
  line: (permission: string) => string;
}

export function usePermissionNames(): PermissionNames {
  const { t } = useTranslation("permissions");
  const service = (name: string) => t(`services.${name}`, { defaultValue: humanised(name) });
  const resource = (_service: string, name: string) => t(`resources.${name}`, { defaultValue: humanised(name) });
  const action = (permission: string) => {
    const verb = permission.split(".")[2] ?? "";
    return t(`actions.${verb}`, { defaultValue: humanised(verb) });
  };
  const scope = (name: string) => t(`scopes.${name || "none"}`, { defaultValue: name });
  const line = (permission: string) => {
    const [of = "", kind = ""] = permission.split(".");
    return [service(of), resource(of, kind), action(permission)].join(" · ");
  };
  return { service, resource, action, scope, line };
}

/** `[service, [kind, items][]][]` in the order of the names. */
export function grouped<T>(items: T[], nameOf: (item: T) => string): [string, [string, T[]][]][] {
  const services = new Map<string, Map<string, T[]>>();
  for (const item of items) {
    const [service = "", resource = ""] = nameOf(item).split(".");
    const resources = services.get(service) ?? new Map<string, T[]>();
    services.set(service, resources);
    resources.set(resource, [...(resources.get(resource) ?? []), item]);
  }
  return [...services].map(([service, resources]) => [service, [...resources]]);
}
