/** The hours of an ordinary week in few lines: days in a row with the same hours stand together. */
import { useTranslation } from "react-i18next";
import { spans, type WeekHours } from "./hours";

export const DAYS = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];

export function Week({ weekly }: { weekly?: WeekHours[] }) {
  const { t } = useTranslation("promises");
  return (
    <ul className="promise-brief">
      {spans(weekly ?? [], DAYS).map(({ from, to, hours }) => (
        <li key={from}><span>{from === to ? t(`values.weekday.${from}`) : t("days_from_to", { from: t(`values.weekday.${from}`), to: t(`values.weekday.${to}`) })}</span><span className="crm-number">{hours}</span></li>
      ))}
    </ul>
  );
}
