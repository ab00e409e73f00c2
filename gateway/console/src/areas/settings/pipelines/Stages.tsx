/** The stages of a pipeline, edited in order; a stage that goes away while deals are in it asks where they go. */
import { useQueryClient } from "@tanstack/react-query";
import { Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { pipelines } from "@api/catalogue";
import { isApiError } from "@api/errors";
import { useFields } from "@api/metadata";
import { type Row, useVerb } from "@api/records";
import { opportunities } from "@api/resources";
import { useAccess } from "@app/access";
import { usePrefs } from "@app/prefs";
import { useLabels } from "@kit/labels";
import { LinesEditor } from "@kit/lines/LinesEditor";
import { VerbDialog } from "@kit/record/VerbDialog";
import { toast } from "@kit/toasts";
import { Nothing } from "@kit/values";
import { type StageMap, StageMapInput } from "./StageMapInput";

type Stage = Record<string, unknown>;

const BLANK: Stage = { code: "", name_zh: "", name_en: "", status: "OPEN", probability: 0, forecast_category: "PIPELINE", rot_days: 0, required_fields: [] };

export function Stages({ pipeline }: { pipeline: Row }) {
  const { t } = useTranslation(["pipelines", "catalogue"]);
  const { language } = usePrefs();
  const { can } = useAccess();
  const client = useQueryClient();
  const verb = useVerb(pipelines);
  const deal = useLabels("opportunities");
  const gates = useFields(opportunities.schema, opportunities, true).filter((field) => !field.readOnly && field.name !== "etag" && field.name !== "custom_fields");
  const [stranded, strand] = useState<{ wanted: Stage[]; gone: Stage[] }>();
  const present = pipeline.stages as Stage[];
  const label = (name: string) => deal.label(gates.find((field) => field.name === name) ?? name);
  const replace = async (stages: Stage[], stage_map: StageMap, etag = pipeline.etag) => {
    const saved = await verb.mutateAsync({ id: pipeline.id, verb: "replaceStages", body: { stages, stage_map }, etag });
    await client.invalidateQueries({ queryKey: [opportunities.schema] });
    return saved;
  };
  const save = async (lines: Stage[]) => {
    const wanted = lines.map((line) => ({ ...line, probability: Number(line.probability || 0), rot_days: Number(line.rot_days || 0) }));
    try {
      const saved = await replace(wanted, {});
      toast.undo(t("stages.saved", { number: saved.stage_version }), () => replace(present, {}, saved.etag));
    } catch (refusal) {
      if (isApiError(refusal) && refusal.reason === "STAGE_IN_USE") strand({ wanted, gone: present.filter((stage) => !wanted.some((each: Stage) => each.code === stage.code)) });
      throw refusal;
    }
  };
  return (
    <>
      <LinesEditor
        plain
        title={t("fields.stages")}
        schema="sales.Stage"
        namespace="pipelines"
        field="stages"
        lines={present as Row[]}
        editable={can("sales.pipeline.update")}
        blank={BLANK}
        place={(lines) => lines.filter((line) => line.status === "OPEN").length}
        onSave={save}
        empty={null}
        columns={[
          { field: "name_zh", width: 100 },
          { field: "name_en", width: 125 },
          { field: "code", width: 130, only: "edit" },
          { field: "status", width: 90 },
          { field: "probability", width: 80, align: "end", render: (stage) => (stage.probability / 100).toLocaleString(language, { style: "percent" }) },
          { field: "forecast_category", width: 110 },
          { field: "rot_days", width: 90, align: "end", render: (stage) => (stage.rot_days > 0 ? t("catalogue:days", { count: stage.rot_days }) : t("catalogue:never")) },
          { field: "required_fields", width: 170, render: (stage) => (stage.required_fields?.length ? (stage.required_fields as string[]).map(label).join(" · ") : <Nothing />), input: ({ value, onChange, ...rest }) => <Select {...rest} mode="multiple" className="crm-wide" showSearch={{ optionFilterProp: "label" }} options={gates.map((field) => ({ value: field.name, label: deal.label(field) }))} value={(value as string[] | undefined) ?? []} onChange={onChange} /> },
        ]}
      />
      {stranded ? (
        <VerbDialog
          title={t("stages.map")}
          operation="sales_ReplaceStages"
          namespace="pipelines"
          fields={["stage_map"]}
          inputs={{ stage_map: (props) => <StageMapInput {...props} gone={stranded.gone} stay={stranded.wanted.filter((stage) => stage.status === "OPEN")} /> }}
          intro={<p>{t("stages.map_text")}</p>}
          submitLabel={t("stages.move")}
          onSubmit={async (values) => {
            const saved = await replace(stranded.wanted, (values.stage_map ?? {}) as StageMap);
            toast.done(t("stages.saved", { number: saved.stage_version }));
          }}
          onClose={() => strand(undefined)}
        />
      ) : null}
    </>
  );
}
