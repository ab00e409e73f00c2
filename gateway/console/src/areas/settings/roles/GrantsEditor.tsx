/** The catalogue of permissions by service and kind of record; a scope on a branch counts for all below it. */
import { CloseOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Input, Select } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@api/transport";
import { Failed, Loading } from "@kit/states";
import { grouped, usePermissionNames } from "../permissions";
import { type Grant, granted, inherited, isAcross, SCOPES, scopeOf } from "./grants";

interface Props {
  grants: Grant[];
  onChange: (grants: Grant[]) => void;
  readOnly: boolean;
}

export function GrantsEditor({ grants, onChange, readOnly }: Props) {
  const { t } = useTranslation("roles");
  const names = usePermissionNames();
  const [search, setSearch] = useState("");
  const [open, setOpen] = useState<Record<string, boolean>>({});
  const found = useQuery({ queryKey: ["identity.Permission"], queryFn: ({ signal }) => call<{ permissions?: { name: string }[] }>("GET", "/v1/permissions", { signal }), staleTime: 600_000 });
  const catalogue = useMemo(() => (found.data?.permissions ?? []).map((each) => each.name), [found.data]);
  if (found.isPending) return <Loading rows={8} />;
  if (found.isError) return <Failed error={found.error} retry={() => void found.refetch()} />;
  const wanted = search.trim().toLowerCase();
  const shown = catalogue.filter((name) => !wanted || name.includes(wanted) || names.line(name).toLowerCase().includes(wanted));
  const own = { grants, onChange, readOnly };
  return (
    <>
      <Across {...own} />
      <Input.Search allowClear aria-label={t("search")} placeholder={t("search")} value={search} onChange={(event) => setSearch(event.target.value)} />
      {shown.length === 0 ? <p className="crm-muted">{t("no_permission")}</p> : null}
      {grouped(shown, (name) => name).map(([service, resources]) => {
        const unfolded = open[service] ?? wanted !== "";
        return (
          <section key={service} className="role-service">
            <div className="role-line role-line-service">
              <button type="button" aria-expanded={unfolded} onClick={() => setOpen({ ...open, [service]: !unfolded })}>{names.service(service)}</button>
              <ScopeChoice {...own} pattern={`${service}.*`} label={names.service(service)} />
            </div>
            {unfolded ? resources.map(([resource, permissions]) => (
              <div key={resource} className="role-resource">
                <div className="role-line role-line-resource"><span>{names.resource(service, resource)}</span><ScopeChoice {...own} pattern={`${service}.${resource}.*`} label={names.resource(service, resource)} /></div>
                {permissions.map((permission) => (
                  <div key={permission} className="role-line"><span title={permission}>{names.action(permission)}</span><ScopeChoice {...own} pattern={permission} label={names.line(permission)} /></div>
                ))}
              </div>
            )) : null}
          </section>
        );
      })}
    </>
  );
}

/** The scope of one line; what a wider line gives already is said in its place. */
function ScopeChoice({ grants, onChange, readOnly, pattern, label }: Props & { pattern: string; label: string }) {
  const { t } = useTranslation("roles");
  const names = usePermissionNames();
  const scope = scopeOf(grants, pattern);
  const above = inherited(grants, pattern);
  const nothing = above ? t("inherited", { scope: names.scope(above.scope) }) : t("none");
  if (readOnly) return <span className={scope ? "" : "crm-muted"}>{scope ? names.scope(scope) : nothing}</span>;
  return (
    <Select size="small" title={scope ? undefined : above?.permission} className="role-scope" data-given={scope ? "" : undefined} aria-label={t("scope_of", { name: label })} value={scope} popupMatchSelectWidth={false}
      options={[{ value: "", label: nothing }, ...SCOPES.map((value) => ({ value, label: names.scope(value) }))]} onChange={(next) => onChange(granted(grants, pattern, next))} />
  );
}

/** Grants whose pattern reaches over several services. */
function Across({ grants, onChange, readOnly }: Props) {
  const { t } = useTranslation("roles");
  const [pattern, setPattern] = useState("");
  const across = grants.filter((grant) => isAcross(grant.permission));
  const add = () => {
    const wanted = pattern.trim();
    if (wanted && !scopeOf(grants, wanted)) onChange([...grants, { permission: wanted, scope: "own" }]);
    setPattern("");
  };
  if (readOnly && across.length === 0) return null;
  return (
    <section className="role-across">
      <h3>{t("across.title")}</h3>
      {across.map((grant) => (
        <div key={grant.permission} className="role-line">
          <code>{grant.permission}</code>
          <span className="role-pair">
            <ScopeChoice grants={grants} onChange={onChange} readOnly={readOnly} pattern={grant.permission} label={grant.permission} />
            {readOnly ? null : <Button type="text" size="small" icon={<CloseOutlined />} aria-label={t("across.remove", { name: grant.permission })} onClick={() => onChange(granted(grants, grant.permission, ""))} />}
          </span>
        </div>
      ))}
      {readOnly ? null : (
        <form className="role-pair" onSubmit={(event) => { event.preventDefault(); add(); }}>
          <Input size="small" aria-label={t("across.pattern")} placeholder={t("across.example")} value={pattern} onChange={(event) => setPattern(event.target.value)} />
          <Button size="small" htmlType="submit" disabled={!pattern.trim()}>{t("across.add")}</Button>
        </form>
      )}
    </section>
  );
}
