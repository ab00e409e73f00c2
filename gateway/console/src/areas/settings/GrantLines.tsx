/** Grants as lines of permission or pattern and scope, for keys that need only a few. */
import { CloseOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { AutoComplete, Button, Select } from "antd";
import { useTranslation } from "react-i18next";
import { call } from "@api/transport";
import { usePermissionNames } from "./permissions";
import "./settings.css";

interface Grant {
  permission: string;
  scope: string;
}

const SCOPES = ["own", "unit", "subtree"];

export function GrantLines({ id, value, onChange }: { id?: string; value: unknown; onChange: (value: unknown) => void }) {
  const { t } = useTranslation("api_keys");
  const names = usePermissionNames();
  const known = useQuery({ queryKey: ["identity.Permission"], queryFn: ({ signal }) => call<{ permissions?: { name: string }[] }>("GET", "/v1/permissions", { signal }), staleTime: 600_000, retry: false });
  const all = (known.data?.permissions ?? []).map((each) => each.name);
  const patterns = [...new Set(all.map((name) => `${name.split(".")[0]}.*`))];
  const options = [...patterns.map((pattern) => ({ value: pattern, label: `${pattern} · ${names.service(pattern.split(".")[0] ?? "")}` })), ...all.map((name) => ({ value: name, label: `${name} · ${names.line(name)}` }))];
  const grants = (value as Grant[] | undefined) ?? [];
  const set = (index: number, change: Partial<Grant>) => onChange(grants.map((grant, at) => (at === index ? { ...grant, ...change } : grant)));
  return (
    <div className="settings-lines" id={id}>
      {grants.map((grant, index) => (
        <div className="settings-line" key={index}>
          <AutoComplete aria-label={t("grants.permission")} placeholder={t("grants.example")} popupMatchSelectWidth={false} showSearch={{ filterOption: (typed, option) => String(option?.label).toLowerCase().includes(typed.toLowerCase()) }} options={options} value={grant.permission} onChange={(permission) => set(index, { permission })} />
          <Select aria-label={t("grants.scope")} value={grant.scope} options={SCOPES.map((scope) => ({ value: scope, label: names.scope(scope) }))} onChange={(scope) => set(index, { scope })} />
          <Button type="text" icon={<CloseOutlined />} aria-label={t("grants.remove")} onClick={() => onChange(grants.filter((_, at) => at !== index))} />
        </div>
      ))}
      <div><Button size="small" onClick={() => onChange([...grants, { permission: "", scope: "subtree" }])}>{t("grants.add")}</Button></div>
    </div>
  );
}
