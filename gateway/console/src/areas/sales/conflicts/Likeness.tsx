/** How sure it is that both sides are one party, in percent, and what speaks for it. */
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { usePrefs } from "@app/prefs";
import { useLabels } from "@kit/labels";

export function Likeness({ conflict }: { conflict: Row }) {
  const { language } = usePrefs();
  return <span className="crm-number">{Number(conflict.score).toLocaleString(language, { style: "percent" })}</span>;
}

/** Each evidence is a field and how it agrees, for example `phone exact`. */
export function Evidence({ conflict }: { conflict: Row }) {
  const { t } = useTranslation("conflicts");
  const labels = useLabels("conflicts");
  return (
    <ul className="crm-lines">
      {((conflict.because ?? []) as string[]).map((each) => {
        const [field = "", how = ""] = each.split(" ");
        return <li key={each}><div>{labels.label(field)}</div><span>{t(`evidence.${how}`, { defaultValue: how })}</span></li>;
      })}
    </ul>
  );
}
