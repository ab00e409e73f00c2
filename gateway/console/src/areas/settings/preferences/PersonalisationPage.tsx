/** How the reader likes it, whatever enterprise and unit say; and where the reader is signed in. */
import { useTranslation } from "react-i18next";
import { PageHeader } from "@kit/PageHeader";
import SessionList from "@kit/SessionList";
import { PreferencesForm } from "./PreferencesForm";
import "./preferences.css";

export default function PersonalisationPage() {
  const { t } = useTranslation("preferences");
  return (
    <>
      <div className="crm-narrow">
        <PageHeader title={t("personalisation")} />
        <p className="crm-muted">{t("texts.mine")}</p>
        <PreferencesForm holder="me" />
      </div>
      <section className="crm-narrow preferences-sessions">
        <h2>{t("sessions")}</h2>
        <SessionList />
      </section>
    </>
  );
}
