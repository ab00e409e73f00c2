/**
 * What can be done to a record: the first allowed verb is the main button, two more stand beside it, the rest in a menu.
 * `<Verbs verbs={[{ key: "claim", label, permission: "leads.lead.claim", enabled, run, shortcut: "a" }]} />`; a verb
 * whose state forbids it is left out, one whose permission is missing too.
 */
import { MoreOutlined } from "@ant-design/icons";
import { Button, Dropdown } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useAccess } from "@app/access";
import { useShortcut } from "@app/shortcuts";
import { toast } from "../toasts";
import "./record.css";

export interface Verb {
  key: string;
  label: string;
  permission: string;
  enabled: boolean;
  run: () => unknown;
  danger?: boolean;
  /** Always in the menu, never a button beside the title. */
  rare?: boolean;
  shortcut?: string;
  /** Key of `shortcuts` in `app.json`. */
  shortcutLabel?: string;
}

const BESIDE = 2;

export function Verbs({ verbs }: { verbs: Verb[] }) {
  const { t } = useTranslation("kit");
  const { can } = useAccess();
  const [busy, setBusy] = useState("");
  const allowed = verbs.filter((verb) => verb.enabled && can(verb.permission));
  const run = async (verb: Verb) => {
    setBusy(verb.key);
    try {
      await verb.run();
    } catch (refusal) {
      toast.refused(refusal);
    } finally {
      setBusy("");
    }
  };
  const first = allowed.find((verb) => !verb.rare);
  const others = allowed.filter((verb) => verb !== first);
  // What destroys is never beside what is done every minute.
  const beside = others.filter((verb) => !verb.danger && !verb.rare).slice(0, BESIDE);
  const rest = others.filter((verb) => !beside.includes(verb));
  return (
    <>
      {allowed.map((verb) => (verb.shortcut ? <Key key={verb.key} verb={verb} run={() => void run(verb)} /> : null))}
      {first ? <Button type="primary" loading={busy === first.key} onClick={() => void run(first)}>{first.label}</Button> : null}
      {beside.map((verb) => (
        <Button key={verb.key} loading={busy === verb.key} onClick={() => void run(verb)}>{verb.label}</Button>
      ))}
      {rest.length > 0 ? (
        <Dropdown trigger={["click"]} menu={{ items: rest.map((verb) => ({ key: verb.key, label: verb.label, danger: verb.danger, onClick: () => void run(verb) })) }}>
          <Button icon={<MoreOutlined />} aria-label={t("more")} />
        </Dropdown>
      ) : null}
    </>
  );
}

function Key({ verb, run }: { verb: Verb; run: () => void }) {
  useShortcut(verb.shortcut ?? "", run, verb.shortcutLabel ?? "");
  return null;
}
