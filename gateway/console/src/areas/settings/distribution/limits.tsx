/** Numbers of pools and rules where 0 means that there is no limit, or never. */
import { useTranslation } from "react-i18next";
import { usePrefs } from "@app/prefs";
import { count } from "@kit/format";

export function Limit({ value }: { value: number }) {
  const { t } = useTranslation("catalogue");
  const { language } = usePrefs();
  return <span className="crm-number">{value > 0 ? count(language, value) : t("unlimited")}</span>;
}

export function Days({ value, none }: { value: number; none?: string }) {
  const { t } = useTranslation("catalogue");
  return <span className="crm-number">{value > 0 || !none ? t("days", { count: value }) : none}</span>;
}
