/** The workbench: what waits for this person, from the same lists and reports as everywhere else. */
import { useTranslation } from "react-i18next";
import { useAccess } from "@app/access";
import { usePrefs } from "@app/prefs";
import { PageHeader } from "@kit/PageHeader";
import { Empty } from "@kit/states";
import { PANELS } from "./panels";
import "./workbench.css";

export default function WorkbenchPage() {
  const { t } = useTranslation("workbench");
  const { language } = usePrefs();
  const access = useAccess();
  const shown = PANELS.filter((panel) => panel.shown(access));
  const today = new Date().toLocaleDateString(language, { month: "long", day: "numeric", weekday: "long" });
  return (
    <>
      <PageHeader title={t("title")} aside={<span className="crm-second">{today}</span>} />
      {shown.length === 0 ? <Empty title={t("nothing")} text={t("nothing_text")} /> : <div className="workbench">{shown.map(({ key, Body }) => <Body key={key} />)}</div>}
    </>
  );
}
