/** What each preference can be, and how the values are called. */
import { useTranslation } from "react-i18next";
import { useNavigation } from "@app/navigation";

export const CHOICES = {
  language: ["zh-CN", "en"],
  date_format: ["YYYY-MM-DD", "DD/MM/YYYY", "MM/DD/YYYY", "DD.MM.YYYY", "YYYY年M月D日"],
  time_format: ["24h", "12h"],
  number_format: ["1,234.56", "1.234,56", "1 234,56", "1234.56"],
  time_zone: Intl.supportedValuesOf("timeZone"),
  first_weekday: [1, 2, 3, 4, 5, 6, 7],
  currency: ["CNY", "USD", "EUR", "GBP", "JPY", "HKD", "SGD", "AUD", "TWD", "KRW", "CHF", "CAD"],
  theme: ["system", "light", "dark", "contrast"],
  font_scale: [90, 100, 110, 120, 130, 140, 150],
  density: ["compact", "comfortable"],
  start_page: [] as string[],
} satisfies Record<string, (string | number)[]>;

export type ChoiceName = keyof typeof CHOICES;

export function useChoiceLabels() {
  const { t, i18n } = useTranslation("preferences");
  const pages = useNavigation().flatMap((group) => group.items.map((item) => ({ value: item.path, label: item.label })));
  const value = (name: ChoiceName, given: string | number): string => {
    switch (name) {
      case "first_weekday":
        // 2 January 2023 was a Monday.
        return new Date(Date.UTC(2023, 0, 1 + Number(given))).toLocaleDateString(i18n.language, { weekday: "long", timeZone: "UTC" });
      case "font_scale":
        return `${given}%`;
      case "currency":
        return `${given} ${new Intl.DisplayNames(i18n.language, { type: "currency" }).of(String(given)) ?? ""}`;
      case "start_page":
        return pages.find((page) => page.value === given)?.label ?? t("first_page");
      case "language":
      case "theme":
      case "density":
      case "time_format":
        return t(`values.${name}.${given}`, { defaultValue: String(given) });
      default:
        return String(given);
    }
  };
  const options = (name: ChoiceName): { value: string | number; label: string }[] =>
    name === "start_page" ? pages : CHOICES[name].map((each) => ({ value: each, label: value(name, each) }));
  return { value, options };
}
