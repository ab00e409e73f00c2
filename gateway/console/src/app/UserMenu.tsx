/** Language, theme, text size and density, remembered for the person on every machine; and signing out. */
import { LaptopOutlined, LogoutOutlined, MinusOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Segmented } from "antd";
import { useTranslation } from "react-i18next";
import { session } from "@api/session";
import { toast } from "@kit/toasts";
import { useAccess } from "./access";
import { changePrefs, type Prefs, usePrefs } from "./prefs";

const SMALLEST = 90;
const LARGEST = 150;
const LANGUAGES = [
  { value: "zh-CN", label: <span lang="zh-CN">{"中文"}</span> },
  { value: "en", label: <span lang="en">{"English"}</span> },
];

export default function UserMenu({ onSessions }: { onSessions: () => void }) {
  const { t } = useTranslation();
  const { me, can } = useAccess();
  const prefs = usePrefs();
  const themes = (["light", "dark", "system", "contrast"] as const).map((value) => ({ value, label: t(`user.${value}`) }));
  const densities = (["compact", "comfortable"] as const).map((value) => ({ value, label: t(`user.${value}`) }));
  const resize = (by: number) => changePrefs({ font_scale: Math.max(SMALLEST, Math.min(LARGEST, prefs.font_scale + by)) });
  return (
    <div className="crm-user-menu" role="dialog" aria-label={t("user.menu")}>
      <div className="crm-user-head">
        <b>{me.user?.display_name}</b>
        <span>{me.user?.login}</span>
      </div>
      <Line label={t("user.language")}>
        <Segmented block aria-label={t("user.language")} options={LANGUAGES} value={prefs.language} onChange={(language) => changePrefs({ language: language as Prefs["language"] })} />
      </Line>
      <Line label={t("user.theme")}>
        <Segmented block aria-label={t("user.theme")} options={themes} value={prefs.theme} onChange={(theme) => changePrefs({ theme })} />
      </Line>
      <Line label={t("user.font")}>
        <span className="crm-stepper">
          <Button size="small" icon={<MinusOutlined />} aria-label={t("user.smaller")} disabled={prefs.font_scale <= SMALLEST} onClick={() => resize(-10)} />
          <output>{`${prefs.font_scale}%`}</output>
          <Button size="small" icon={<PlusOutlined />} aria-label={t("user.larger")} disabled={prefs.font_scale >= LARGEST} onClick={() => resize(10)} />
        </span>
      </Line>
      <Line label={t("user.density")}>
        <Segmented block aria-label={t("user.density")} options={densities} value={prefs.density} onChange={(density) => changePrefs({ density })} />
      </Line>
      {can("identity.session.list") ? <Button block icon={<LaptopOutlined />} onClick={onSessions}>{t("user.sessions")}</Button> : null}
      <Button block icon={<LogoutOutlined />} onClick={() => void session.signOut().catch(toast.refused)}>{t("user.sign_out")}</Button>
    </div>
  );
}

function Line({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div className="crm-user-line">
      <span>{label}</span>
      {children}
    </div>
  );
}
