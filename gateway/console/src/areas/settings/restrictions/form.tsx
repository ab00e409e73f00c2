/** The fields of the forms about restriction rules and their inputs. */
import { useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useTranslation } from "react-i18next";
import { listPage } from "@api/records";
import { units } from "@api/resources";
import { call } from "@api/transport";
import type { OwnInput } from "@kit/FormFromMeta";
import { usePermissionNames } from "../permissions";
import { RolePicker } from "../RolePicker";

export const MAIN = ["name", "filter", "roles", "unit_ids", "binds_owner", "reason"];

/** Kinds of record there are, by the names of their permissions; which can be hidden, the server says. */
export function useResourceNames() {
  const names = usePermissionNames();
  const known = useQuery({ queryKey: ["identity.Permission"], queryFn: ({ signal }) => call<{ permissions?: { name: string }[] }>("GET", "/v1/permissions", { signal }), staleTime: 600_000 });
  const title = (resource: string) => {
    const [service = "", kind = ""] = resource.split(".");
    return `${names.service(service)} · ${names.resource(service, kind)}`;
  };
  const all = (known.data?.permissions ?? []).map((each) => each.name).filter((name) => name.endsWith(".get"));
  return { title, pending: known.isPending, resources: all.map((name) => name.slice(0, -".get".length)) };
}

function ResourcePicker({ value, onChange, ...rest }: OwnInput) {
  const { t } = useTranslation("kit");
  const { title, pending, resources } = useResourceNames();
  const options = resources.map((resource) => ({ value: resource, label: title(resource) }));
  return <Select {...rest} className="crm-wide" showSearch={{ optionFilterProp: "label" }} placeholder={t("form.choose")} loading={pending} options={options} value={(value as string) || undefined} onChange={onChange} />;
}

function UnitsPicker({ value, onChange, ...rest }: OwnInput) {
  const { t } = useTranslation("kit");
  const known = useQuery({ queryKey: [units.schema, "choices"], queryFn: ({ signal }) => listPage(units, { page_size: 200, order_by: "path" }, "", signal), staleTime: 60_000 });
  const options = (known.data?.rows ?? []).map((unit) => ({ value: unit.id, label: units.title(unit) }));
  return <Select {...rest} mode="multiple" className="crm-wide" showSearch={{ optionFilterProp: "label" }} placeholder={t("form.choose")} loading={known.isPending} options={options} value={(value as string[] | undefined) ?? []} onChange={onChange} />;
}

export const inputs = {
  resource: (props: OwnInput) => <ResourcePicker {...props} />,
  roles: (props: OwnInput) => <RolePicker {...props} />,
  unit_ids: (props: OwnInput) => <UnitsPicker {...props} />,
};
