/** How things are shown and written for everybody, or for one unit and those below. */
import { Segmented, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { PageHeader } from "@kit/PageHeader";
import { Empty } from "@kit/states";
import { useUnits } from "@kit/units";
import { PreferencesForm } from "./PreferencesForm";
import "./preferences.css";

export default function ParametersPage() {
  const { t } = useTranslation("preferences");
  const known = useUnits();
  const [level, setLevel] = useState<"enterprise" | "unit">("enterprise");
  const [unit, setUnit] = useState<string>();
  const levels = (["enterprise", "unit"] as const).map((value) => ({ value, label: t(`levels.${value}`) }));
  return (
    <div className="crm-narrow">
      <PageHeader title={t("parameters")} actions={<Segmented aria-label={t("level")} value={level} options={levels} onChange={setLevel} />} />
      <p className="crm-muted">{t(`texts.${level}`)}</p>
      {level === "unit" ? <Select className="crm-wide preferences-unit" aria-label={t("levels.unit")} showSearch={{ optionFilterProp: "label" }} placeholder={t("choose_unit")} value={unit} options={(known.data ?? []).map((each) => ({ value: each.id, label: String(each.name) }))} onChange={setUnit} /> : null}
      {level === "enterprise" ? <PreferencesForm holder="enterprise" /> : unit ? <PreferencesForm key={unit} holder={`unit:${unit}`} /> : <Empty title={t("choose_unit")} />}
    </div>
  );
}
