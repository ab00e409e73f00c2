/** Chooses roles by their titles; the value is their codes. */
import { useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useTranslation } from "react-i18next";
import { listPage } from "@api/records";
import { roles } from "@api/resources";

export function useRoles() {
  return useQuery({ queryKey: [roles.schema, "choices"], queryFn: ({ signal }) => listPage(roles, { page_size: 200, order_by: "code" }, "", signal), staleTime: 60_000 });
}

export function RolePicker({ value, onChange, ...rest }: { id?: string; value: unknown; onChange: (value: unknown) => void; autoFocus?: boolean; "aria-label"?: string }) {
  const { t } = useTranslation("kit");
  const known = useRoles();
  const options = (known.data?.rows ?? []).map((role) => ({ value: String(role.code), label: roles.title(role) }));
  return <Select {...rest} mode="multiple" className="crm-wide" showSearch={{ optionFilterProp: "label" }} placeholder={t("form.choose")} loading={known.isPending} options={options} value={(value as string[] | undefined) ?? []} onChange={onChange} />;
}

/** Titles of roles by their codes. */
export function RoleNames({ codes }: { codes?: string[] }) {
  const known = useRoles();
  const title = (code: string) => {
    const role = known.data?.rows.find((each) => each.code === code);
    return role ? roles.title(role) : code;
  };
  return <span>{(codes ?? []).map(title).join(" · ") || "—"}</span>;
}
