/** Which kinds of notifications the reader wants; the enterprise or a unit may have said so before. */
import "virtual:antd-switch.css";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Switch } from "antd";
import { useTranslation } from "react-i18next";
import { isApiError } from "@api/errors";
import { KINDS } from "@api/notifications";
import { call } from "@api/transport";
import { useAccess } from "@app/access";
import { loadPrefs } from "@app/prefs";
import { toast } from "@kit/toasts";

interface Words {
  muted_notifications?: string[];
  etag?: string;
}

const KEY = ["identity.Preferences", "effective"];

export function Wanted() {
  const { t } = useTranslation("notifications");
  const { can } = useAccess();
  const client = useQueryClient();
  const found = useQuery({ queryKey: KEY, queryFn: ({ signal }) => call<Words>("GET", "/v1/effective-preferences", { signal }) });
  const muted = found.data?.muted_notifications ?? [];
  const want = async (kind: string, wanted: boolean) => {
    const next = wanted ? muted.filter((each) => each !== kind) : [...muted, kind];
    client.setQueryData<Words>(KEY, (before) => ({ ...before, muted_notifications: next }));
    try {
      const own = await call<Words>("GET", "/v1/preferences/me");
      await call("PATCH", "/v1/preferences/me", { body: { muted_notifications: next }, etag: own.etag ?? "0", query: { update_mask: "muted_notifications" } });
      await loadPrefs();
    } catch (refusal) {
      if (!isApiError(refusal)) throw refusal;
      toast.refused(refusal);
    }
    await client.invalidateQueries({ queryKey: ["identity.Preferences"] });
  };
  if (!can("identity.preferences.update")) return null;
  return (
    <section className="crm-panel" aria-labelledby="notifications-wanted">
      <div className="crm-panel-head"><h2 id="notifications-wanted">{t("wanted")}</h2></div>
      <p className="crm-muted">{t("wanted_text")}</p>
      <ul className="notifications-wanted">
        {KINDS.map((kind) => (
          <li key={kind}>
            <label htmlFor={`wanted-${kind}`}>{t(`kinds.${kind}`)}</label>
            <Switch id={`wanted-${kind}`} disabled={found.isPending} checked={!muted.includes(kind)} onChange={(wanted) => void want(kind, wanted)} />
          </li>
        ))}
      </ul>
    </section>
  );
}
