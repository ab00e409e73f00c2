/** The ways of selling and how many stages each has; a new one begins with the stages of the default. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { pipelines } from "@api/catalogue";
import { listPage, type Row } from "@api/records";
import { CatalogueList } from "@kit/catalogue/CatalogueList";
import type { Column } from "@kit/list/columns";
import type { View } from "@kit/list/state";
import { FORM } from "./form";
import { PipelineState } from "./PipelineState";
import { type StageNames, useStageTitle } from "./stage";

export default function PipelinesPage() {
  const { t } = useTranslation("pipelines");
  const title = useStageTitle();
  const usual = useQuery({ queryKey: [pipelines.schema, "default"], queryFn: ({ signal }) => listPage(pipelines, { filter: "is_default = true", page_size: 1 }, "", signal) });
  const stages = usual.data?.rows[0]?.stages as Row[] | undefined;
  const views = useMemo<View[]>(() => [{ id: "all", name: t("views.all"), filter: "", order_by: "name" }], [t]);
  const columns = useMemo<Column[]>(
    () => [
      { field: "name", width: 260, primary: true },
      { field: "is_default", width: 110, render: (pipeline) => <PipelineState pipeline={pipeline} /> },
      { field: "stages", width: 420, sort: false, render: (pipeline) => (pipeline.stages as StageNames[]).map(title).join(" › ") },
      { field: "win_policy", width: 200, sort: false },
      { field: "update_time", width: 130 },
    ],
    [title],
  );
  return <CatalogueList resource={pipelines} namespace="pipelines" views={views} columns={columns} form={FORM} prepare={(values) => ({ ...values, stages })} />;
}
