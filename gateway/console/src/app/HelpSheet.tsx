/** The `?` sheet: the keys that work on the present page, and the switch that turns single keys off. */
import "virtual:antd-switch.css";
import { Modal, Switch } from "antd";
import { useTranslation } from "react-i18next";
import { recall, rememberPref, usePrefs } from "./prefs";
import { shownShortcuts } from "./shortcuts";

const SIGNS: Record<string, string> = { mod: "Ctrl/⌘", space: "Space", arrowup: "↑", arrowdown: "↓", enter: "Enter", escape: "Esc" };

export default function HelpSheet({ onClose }: { onClose: () => void }) {
  const { t, i18n } = useTranslation();
  usePrefs();
  const off = recall("shortcuts_off", false);
  const seen = new Set<string>();
  const keys = shownShortcuts().filter((each) => !seen.has(each.keys) && seen.add(each.keys));
  const named = (label: string) => (i18n.exists(`shortcuts.${label}`) ? t(`shortcuts.${label}`) : label);
  return (
    <Modal open title={t("help.title")} footer={null} onCancel={onClose} width={560}>
      <dl className="crm-keys">
        {keys.map((each) => (
          <div key={each.keys}>
            <dt>{named(each.label)}</dt>
            <dd>{each.keys.split(/[ +]/).map((key, at) => <kbd key={at}>{SIGNS[key] ?? key.toUpperCase()}</kbd>)}</dd>
          </div>
        ))}
      </dl>
      <label className="crm-user-line" htmlFor="shortcuts-off">
        <span>{t("help.off")}</span>
        <Switch id="shortcuts-off" checked={off} onChange={(value) => rememberPref("shortcuts_off", value)} />
      </label>
      <p><a href="/docs" target="_blank" rel="noreferrer">{t("help.docs")}</a></p>
    </Modal>
  );
}
