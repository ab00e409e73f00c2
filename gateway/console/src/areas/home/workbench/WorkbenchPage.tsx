/** The workbench: what waits for this person, from the same lists and reports as everywhere else. */
import { lazy } from "react";
import { useTranslation } from "react-i18next";
import { useAccess } from "@app/access";
import { Part } from "@app/Part";
import { recall, usePrefs } from "@app/prefs";
import { PageHeader } from "@kit/PageHeader";
import { PINNED } from "@kit/report/tiles";
import { Empty } from "@kit/states";
import { PANELS } from "./panels";
import "./workbench.css";

const Pinned = lazy(() => import("./Pinned"));

export default function WorkbenchPage() {
  const { t } = useTranslation("workbench");
  const { language } = usePrefs();
  const access = useAccess();
  const shown = PANELS.filter((panel) => panel.shown(access));
  const pinned = recall(PINNED, "");
  const today = new Date().toLocaleDateString(language, { month: "long", day: "numeric", weekday: "long" });
  return (
    <>
      <PageHeader title={t("title")} aside={<span className="crm-second">{today}</span>} />
      {pinned && access.can("reporting.dashboard.get") ? <Part><Pinned id={pinned} /></Part> : null}
      {shown.length === 0 && !pinned ? <Empty title={t("nothing")} text={t("nothing_text")} /> : <div className="workbench">{shown.map(({ key, Body }) => <Body key={key} />)}</div>}
    </>
  );
}
