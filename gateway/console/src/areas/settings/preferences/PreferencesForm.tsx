/** The preferences of one level (enterprise, unit or person): each says something or leaves it to the level above. */
import "virtual:antd-form.css";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Form, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { isApiError } from "@api/errors";
import { call } from "@api/transport";
import { loadPrefs } from "@app/prefs";
import { Failed, Loading } from "@kit/states";
import { toast } from "@kit/toasts";
import { CHOICES, type ChoiceName, useChoiceLabels } from "./choices";
import "@kit/form.css";

type Values = Partial<Record<ChoiceName, string | number>>;

const GROUPS: [string, ChoiceName[]][] = [
  ["language", ["language", "date_format", "time_format", "number_format"]],
  ["region", ["time_zone", "first_weekday", "currency"]],
  ["look", ["theme", "font_scale", "density", "start_page"]],
];

export function PreferencesForm({ holder }: { holder: string }) {
  const key = ["identity.Preferences", holder];
  const own = useQuery({ queryKey: key, queryFn: ({ signal }) => call<Values & { etag?: string }>("GET", `/v1/preferences/${holder}`, { signal }) });
  const effective = useQuery({ queryKey: ["identity.Preferences", "effective"], queryFn: ({ signal }) => call<Values>("GET", "/v1/effective-preferences", { signal }), enabled: holder === "me" });
  if (own.isPending || (holder === "me" && effective.isPending)) return <Loading />;
  if (own.isError) return <Failed error={own.error} retry={() => void own.refetch()} />;
  return <Fields key={`${holder} ${own.data.etag}`} holder={holder} own={own.data} effective={effective.data ?? {}} />;
}

function Fields({ holder, own, effective }: { holder: string; own: Values & { etag?: string }; effective: Values }) {
  const { t } = useTranslation("preferences");
  const labels = useChoiceLabels();
  const client = useQueryClient();
  const [changes, setChanges] = useState<Record<string, string | number | null>>({});
  const [refused, setRefused] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);
  const changed = Object.keys(changes).length > 0;
  const write = async (body: Record<string, unknown>, etag = "0") => {
    const saved = await call<{ etag?: string }>("PATCH", `/v1/preferences/${holder}`, { body, etag });
    await client.invalidateQueries({ queryKey: ["identity.Preferences"] });
    await loadPrefs();
    return saved;
  };
  const save = async () => {
    setBusy(true);
    setRefused({});
    try {
      const saved = await write(changes, own.etag);
      const before = Object.fromEntries(Object.keys(changes).map((name) => [name, own[name as ChoiceName] ?? null]));
      toast.undo(t("saved"), () => write(before, saved.etag));
    } catch (refusal) {
      if (isApiError(refusal)) setRefused(Object.fromEntries(Object.keys(changes).flatMap((name) => (refusal.violation(name) ? [[name, refusal.violation(name) ?? ""]] : []))));
      toast.refused(refusal);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className="crm-form" onSubmit={(event) => { event.preventDefault(); void save(); }}>
      {GROUPS.map(([group, names]) => (
        <fieldset key={group} className="preferences-group">
          <legend>{t(`groups.${group}`)}</legend>
          <div className="crm-form-fields">
            {names.map((name) => {
              const value = name in changes ? changes[name] : own[name];
              const inheritedValue = effective[name];
              const left = inheritedValue !== undefined && own[name] === undefined ? t("inherit_as", { value: labels.value(name, inheritedValue) }) : t("inherit");
              return (
                <Form.Item key={name} layout="vertical" label={t(`fields.${name}`)} htmlFor={`preference-${name}`} validateStatus={refused[name] ? "error" : ""} help={refused[name]}>
                  <Select id={`preference-${name}`} className="crm-wide" showSearch={CHOICES[name].length > 8 ? { optionFilterProp: "label" } : undefined} value={value ?? ""} options={[{ value: "", label: left }, ...labels.options(name)]} onChange={(next) => setChanges({ ...changes, [name]: next === "" ? null : next })} />
                </Form.Item>
              );
            })}
          </div>
        </fieldset>
      ))}
      <div className="crm-form-end">
        <span className="crm-form-hint">{changed ? t("unsaved") : ""}</span>
        <Button disabled={!changed} onClick={() => setChanges({})}>{t("drop")}</Button>
        <Button type="primary" htmlType="submit" disabled={!changed} loading={busy}>{t("kit:save")}</Button>
      </div>
    </form>
  );
}
