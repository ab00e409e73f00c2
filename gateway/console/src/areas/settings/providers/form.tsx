/** The fields of the forms about identity providers and their inputs. */
import { Input } from "antd";
import type { OwnInput } from "@kit/FormFromMeta";
import { RolePicker } from "../RolePicker";
import { GroupRoles } from "./GroupRoles";

export const MAIN = ["name", "issuer", "client_id", "client_secret"];
export const MORE = ["scopes", "provision", "default_unit_id", "default_roles", "group_claim", "group_roles"];

export const inputs = {
  client_secret: ({ value, onChange, ...rest }: OwnInput) => <Input.Password {...rest} autoComplete="off" value={String(value ?? "")} onChange={(event) => onChange(event.target.value)} />,
  default_roles: (props: OwnInput) => <RolePicker {...props} />,
  group_roles: (props: OwnInput) => <GroupRoles {...props} />,
};
