/** Parts of the product that can be switched off; what that means stands beside each, and it can be taken back. */
import "virtual:antd-switch.css";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Switch } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@api/transport";
import { useAccess } from "@app/access";
import { usePrefs } from "@app/prefs";
import { PageHeader } from "@kit/PageHeader";
import { Failed, Loading } from "@kit/states";
import { toast } from "@kit/toasts";
import { DateTime, StateTag } from "@kit/values";
import "@kit/record/record.css";
import "../settings.css";

interface Module {
  code: string;
  title_en: string;
  title_zh: string;
  enabled: boolean;
  user_count: number;
  etag: string;
  update_time?: string;
}

interface Answer {
  modules?: Module[];
  user_count?: number;
  active_user_count?: number;
}

export default function ModulesPage() {
  const { t } = useTranslation("modules");
  const { can } = useAccess();
  const { language } = usePrefs();
  const client = useQueryClient();
  const [busy, setBusy] = useState("");
  const found = useQuery({ queryKey: ["identity.Module"], queryFn: ({ signal }) => call<Answer>("GET", "/v1/modules", { signal }) });
  const turn = async (module: Module, enabled: boolean): Promise<Module> => {
    const saved = await call<Module>("PATCH", `/v1/modules/${module.code}`, { body: { enabled }, etag: module.etag });
    await client.invalidateQueries({ queryKey: ["identity.Module"] });
    // The menu follows what the person may do now.
    void client.invalidateQueries({ queryKey: ["me"] });
    return saved;
  };
  const change = async (module: Module) => {
    setBusy(module.code);
    const name = language === "en" ? module.title_en : module.title_zh;
    try {
      const saved = await turn(module, !module.enabled);
      toast.undo(t(saved.enabled ? "done.on" : "done.off", { name }), () => turn(saved, module.enabled));
    } catch (refusal) {
      toast.refused(refusal);
      await found.refetch();
    } finally {
      setBusy("");
    }
  };
  if (found.isPending) return <Loading rows={8} />;
  if (found.isError) return <Failed error={found.error} retry={() => void found.refetch()} />;
  return (
    <>
      <PageHeader title={t("title")} aside={<span className="crm-count">{t("users", { count: found.data.user_count ?? 0, active: found.data.active_user_count ?? 0 })}</span>} />
      <p className="crm-muted">{t("text")}</p>
      <ul className="settings-modules">
        {(found.data.modules ?? []).map((module) => {
          const name = language === "en" ? module.title_en : module.title_zh;
          return (
            <li key={module.code} className="crm-panel">
              <h2>{name}<Switch aria-label={t("switch", { name })} checked={module.enabled} loading={busy === module.code} disabled={!can("identity.module.update")} onChange={() => void change(module)} /></h2>
              <StateTag tone={module.enabled ? "good" : "done"}>{t(module.enabled ? "on" : "off")}</StateTag>
              <p>{t(module.enabled ? "reach" : "without", { count: module.user_count })}</p>
              <p><small>{t("changed")} <DateTime value={module.update_time} mode="relative" /></small></p>
            </li>
          );
        })}
      </ul>
    </>
  );
}
