/** The latest preview or run of a model, while it goes on and after. */
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { DateTime } from "@kit/values";
import { AlignmentReport } from "./AlignmentReport";
import { useLatestAlignment } from "./alignments";

export function AlignmentPanel({ model }: { model: Row }) {
  const { t } = useTranslation("territories");
  const alignment = useLatestAlignment(model).data;
  if (!alignment) return null;
  const title = t(`alignment.kind.${alignment.kind}`);
  return (
    <section className="crm-panel" aria-label={title}>
      <div className="crm-panel-head"><h2>{title}</h2><DateTime value={alignment.create_time} mode="relative" /></div>
      <AlignmentReport alignment={alignment} />
    </section>
  );
}
