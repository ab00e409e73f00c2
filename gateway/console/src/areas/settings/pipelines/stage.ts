/** The name of a stage in the reader's language. */
import { useCallback } from "react";
import { usePrefs } from "@app/prefs";

export interface StageNames {
  code?: string;
  name_en?: string;
  name_zh?: string;
}

export function useStageTitle(): (stage: StageNames) => string {
  const { language } = usePrefs();
  return useCallback((stage: StageNames) => (language === "en" ? stage.name_en : stage.name_zh) || stage.code || "", [language]);
}
