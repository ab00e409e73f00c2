/** For each stage that goes away, the stage its open deals move to. */
import { Select } from "antd";
import { useTranslation } from "react-i18next";
import type { OwnInput } from "@kit/FormFromMeta";
import { type StageNames, useStageTitle } from "./stage";
import "@kit/catalogue/catalogue.css";
import "@kit/form.css";

export type StageMap = Record<string, string>;

export function StageMapInput({ id, value, onChange, gone, stay }: OwnInput & { gone: StageNames[]; stay: StageNames[] }) {
  const { t } = useTranslation("pipelines");
  const title = useStageTitle();
  const map = (value ?? {}) as StageMap;
  return (
    <div className="crm-whole crm-stack">
      {gone.map((stage, at) => {
        const own = at === 0 ? id : `${id}-${at}`;
        return (
          <div key={stage.code}>
            <label htmlFor={own} className="crm-field-label">{t("stages.from", { stage: title(stage) })}</label>
            <Select id={own} className="crm-wide" placeholder={t("stages.choose")} options={stay.map((each) => ({ value: each.code, label: title(each) }))} value={map[stage.code ?? ""]} onChange={(next) => onChange({ ...map, [stage.code ?? ""]: next })} />
          </div>
        );
      })}
    </div>
  );
}
