/** What the reader of a report may see, and up to which moment each service's events are counted. */
import { useTranslation } from "react-i18next";
import { DateTime, Nothing } from "@kit/values";
import type { Result } from "./figures";
import "./report.css";

export function Sources({ result }: { result: Result }) {
  const { t } = useTranslation("reports");
  return (
    <section className="reports-sources" aria-label={t("sources")}>
      <ul>{(result.filters ?? []).map((each) => <li key={each}>{each}</li>)}</ul>
      <dl>
        {(result.sources ?? []).map((source) => (
          <div key={source.service}><dt>{t(`services.${source.service}`, { defaultValue: source.service })}</dt><dd>{source.fresh_as_of ? <><span>{t("fresh")}</span> <DateTime value={source.fresh_as_of} mode="relative" /></> : <Nothing />}</dd></div>
        ))}
      </dl>
    </section>
  );
}
