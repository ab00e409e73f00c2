/** What a person may do: permissions by service and kind of record, how far each reaches and why; and one asked for by name. */
import { useQuery } from "@tanstack/react-query";
import { Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@api/transport";
import { Empty, Failed, Loading } from "@kit/states";
import { StateTag } from "@kit/values";
import { grouped, usePermissionNames } from "../permissions";
import "@kit/form.css";
import "./users.css";

interface Verdict {
  permission: string;
  allowed: boolean;
  scope: string;
  reasons?: { kind: string; grants: boolean; text: string }[];
}

export function UserPermissions({ userId }: { userId: string }) {
  const { t } = useTranslation("users");
  const names = usePermissionNames();
  const [search, setSearch] = useState("");
  const found = useQuery({ queryKey: ["identity.UserPermissions", userId], queryFn: ({ signal }) => call<{ permissions?: Verdict[] }>("GET", `/v1/users/${userId}/permissions`, { signal }) });
  const wanted = search.trim().toLowerCase();
  const all = found.data?.permissions ?? [];
  const shown = all.filter((each) => !wanted || each.permission.includes(wanted) || names.line(each.permission).toLowerCase().includes(wanted));
  const denied = wanted && shown.length === 0 && /^[a-z_]+\.[a-z_]+\.[a-z_]+$/.test(wanted) ? wanted : "";
  return (
    <>
      <div className="crm-panel-head"><h2>{t("permissions.title")}</h2><span className="crm-muted">{t("permissions.count", { count: all.length })}</span></div>
      <Input.Search allowClear aria-label={t("permissions.search")} placeholder={t("permissions.search")} value={search} onChange={(event) => setSearch(event.target.value)} />
      {found.isPending ? <Loading /> : found.isError ? <Failed error={found.error} retry={() => void found.refetch()} /> : denied ? <Denied userId={userId} permission={denied} /> : shown.length === 0 ? <Empty title={t("permissions.none")} text={t("permissions.none_text")} /> : null}
      {grouped(shown, (each) => each.permission).map(([service, resources]) => (
        <details key={service} className="user-permissions" open={wanted !== "" || undefined}>
          <summary>{names.service(service)}<span className="crm-muted">{resources.reduce((sum, [, verdicts]) => sum + verdicts.length, 0)}</span></summary>
          {resources.map(([resource, verdicts]) => (
            <section key={resource}>
              <h3>{names.resource(service, resource)}</h3>
              <ul>
                {verdicts.map((verdict) => (
                  <li key={verdict.permission}>
                    <details>
                      <summary><span title={verdict.permission}>{names.action(verdict.permission)}</span><span className="crm-muted">{names.scope(verdict.scope)}</span></summary>
                      <Reasons verdict={verdict} />
                    </details>
                  </li>
                ))}
              </ul>
            </section>
          ))}
        </details>
      ))}
    </>
  );
}

function Reasons({ verdict }: { verdict: Verdict }) {
  const { t } = useTranslation("kit");
  return (
    <ul className="crm-reasons">
      {(verdict.reasons ?? []).map((reason, index) => (
        <li key={index}><StateTag tone={reason.grants ? "good" : "bad"}>{t(reason.grants ? "access.for" : "access.against")}</StateTag><span>{reason.text}</span></li>
      ))}
    </ul>
  );
}

/** Why the person may not, for a permission written out in full. */
function Denied({ userId, permission }: { userId: string; permission: string }) {
  const { t } = useTranslation("users");
  const found = useQuery({ queryKey: ["identity.UserPermissions", userId, permission], queryFn: ({ signal }) => call<Verdict>("GET", `/v1/users/${userId}/permissions/${permission}:explain`, { signal }), retry: false });
  if (found.isPending) return <Loading rows={2} />;
  if (found.isError) return <Failed error={found.error} />;
  return (
    <div className="user-denied" role="status">
      <p>{t(found.data.allowed ? "permissions.allowed" : "permissions.denied", { permission })}</p>
      <Reasons verdict={found.data} />
    </div>
  );
}
