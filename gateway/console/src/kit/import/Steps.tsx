/** The way of an import: file, columns, check, import. */
import { useTranslation } from "react-i18next";
import "./import.css";

const STEPS = ["file", "columns", "check", "result"] as const;

export function Steps({ at }: { at: (typeof STEPS)[number] }) {
  const { t } = useTranslation("kit");
  const place = STEPS.indexOf(at);
  return (
    <ol className="crm-steps" aria-label={t("import.steps")}>
      {STEPS.map((step, index) => (
        <li key={step} data-past={index < place || undefined} aria-current={index === place ? "step" : undefined}>
          <span aria-hidden="true">{index + 1}</span>
          {t(`import.${step}`)}
        </li>
      ))}
    </ol>
  );
}
