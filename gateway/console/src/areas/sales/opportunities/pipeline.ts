/** The stages deals pass, as the reader's language names them. */
import { useQuery } from "@tanstack/react-query";
import { answer, api } from "@api/client";
import type { Row } from "@api/records";
import { usePrefs } from "@app/prefs";

export interface Stage {
  code: string;
  name: string;
  status: string;
  probability: number;
  rotDays: number;
}

export interface Pipeline {
  id: string;
  name: string;
  isDefault: boolean;
  stages: Stage[];
}

export function usePipelines() {
  const { language } = usePrefs();
  return useQuery({
    queryKey: ["sales.Pipeline", "all"],
    queryFn: () => answer(api.GET("/v1/pipelines", { params: { query: { page_size: 200 } } })),
    staleTime: 300_000,
    select: ({ pipelines = [] }): Pipeline[] =>
      pipelines.map((pipeline) => ({
        id: pipeline.id ?? "",
        name: pipeline.name,
        isDefault: Boolean(pipeline.is_default),
        stages: (pipeline.stages ?? []).map((stage) => ({
          code: stage.code ?? "",
          name: (language === "en" ? stage.name_en : stage.name_zh) || stage.code || "",
          status: stage.status ?? "OPEN",
          probability: stage.probability ?? 0,
          rotDays: stage.rot_days ?? 0,
        })),
      })),
  });
}

export function useStageName() {
  const { data = [] } = usePipelines();
  return (deal: { pipeline_id?: string; stage?: string } | Row): string => {
    const pipeline = data.find((each) => each.id === deal.pipeline_id) ?? data.find((each) => each.isDefault);
    return pipeline?.stages.find((stage) => stage.code === deal.stage)?.name ?? deal.stage ?? "";
  };
}
