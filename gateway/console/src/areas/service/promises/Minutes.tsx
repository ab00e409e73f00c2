/** Working minutes as days, hours or minutes, whichever says it without a rest; `none` where 0 promises nothing. */
import { useTranslation } from "react-i18next";
import { Nothing } from "@kit/values";

export function Minutes({ value, none }: { value?: number; none?: string }) {
  const { t } = useTranslation("promises");
  if (!value) return none ? <>{none}</> : <Nothing />;
  return <span className="crm-number">{value % 60 === 0 ? t("hours", { count: value / 60 }) : t("minutes", { count: value })}</span>;
}
