/** Which role the members of a group of the directory hold. */
import { CloseOutlined } from "@ant-design/icons";
import { Button, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import { roles } from "@api/resources";
import { useRoles } from "../RolePicker";
import "../settings.css";

interface GroupRole {
  group: string;
  role: string;
}

export function GroupRoles({ id, value, onChange }: { id?: string; value: unknown; onChange: (value: unknown) => void }) {
  const { t } = useTranslation("identity_providers");
  const known = useRoles();
  const lines = (value as GroupRole[] | undefined) ?? [];
  const set = (index: number, change: Partial<GroupRole>) => onChange(lines.map((line, at) => (at === index ? { ...line, ...change } : line)));
  // The administrator is never given by a group.
  const options = (known.data?.rows ?? []).filter((role) => role.code !== "administrator").map((role) => ({ value: String(role.code), label: roles.title(role) }));
  return (
    <div className="settings-lines" id={id}>
      {lines.map((line, index) => (
        <div className="settings-line" key={index}>
          <Input aria-label={t("groups.group")} placeholder={t("groups.group")} value={line.group} onChange={(event) => set(index, { group: event.target.value })} />
          <Select aria-label={t("groups.role")} placeholder={t("groups.role")} popupMatchSelectWidth={false} value={line.role || undefined} options={options} onChange={(role) => set(index, { role })} />
          <Button type="text" icon={<CloseOutlined />} aria-label={t("groups.remove")} onClick={() => onChange(lines.filter((_, at) => at !== index))} />
        </div>
      ))}
      <div><Button size="small" onClick={() => onChange([...lines, { group: "", role: "" }])}>{t("groups.add")}</Button></div>
    </div>
  );
}
