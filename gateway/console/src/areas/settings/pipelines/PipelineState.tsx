/** Whether deals without a pipeline get this one. */
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { Nothing, StateTag } from "@kit/values";

export function PipelineState({ pipeline }: { pipeline: Row }) {
  const { t } = useTranslation("pipelines");
  return pipeline.is_default ? <StateTag tone="active">{t("default")}</StateTag> : <Nothing />;
}
