/** What somebody without a session sees. */
import { Segmented } from "antd";
import { useTranslation } from "react-i18next";
import mark from "./mark.svg";
import { changePrefs, type Prefs, usePrefs } from "./prefs";
import { SignInForm } from "./SignInForm";
import "./shell.css";

const LANGUAGES = [
  { value: "zh-CN", label: <span lang="zh-CN">{"中文"}</span> },
  { value: "en", label: <span lang="en">{"English"}</span> },
];

export default function SignInPage({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const { language } = usePrefs();
  return (
    <main className="crm-door">
      <section>
        <img src={mark} alt="" width={40} height={40} />
        <h1>{t("sign_in.title")}</h1>
        <p>{t("sign_in.lead")}</p>
        <SignInForm onDone={onDone} />
        <Segmented size="small" aria-label={t("user.language")} options={LANGUAGES} value={language} onChange={(next) => changePrefs({ language: next as Prefs["language"] })} />
      </section>
    </main>
  );
}
