/** One way of selling: its stages in order, what wins a deal, and the versions its stages went through. */
import { useTranslation } from "react-i18next";
import { pipelines } from "@api/catalogue";
import type { Row } from "@api/records";
import { Loaded } from "@kit/catalogue/Loaded";
import { useCatalogueVerbs } from "@kit/catalogue/useCatalogueVerbs";
import { Facts } from "@kit/record/Facts";
import { RecordPage } from "@kit/record/RecordPage";
import { Verbs } from "@kit/record/Verbs";
import { FORM } from "./form";
import { PipelineState } from "./PipelineState";
import { Stages } from "./Stages";
import { Versions } from "./Versions";

const LIST = "/app/settings/pipelines";

export default function PipelinePage() {
  return <Loaded resource={pipelines} Body={Pipeline} />;
}

function Pipeline({ record }: { record: Row }) {
  const { t } = useTranslation("pipelines");
  const { edit, makeDefault, remove, dialog } = useCatalogueVerbs({ resource: pipelines, namespace: "pipelines", record, form: FORM, back: LIST });
  return (
    <>
      <RecordPage
        back={LIST}
        title={record.name}
        above={t("version", { number: record.stage_version })}
        state={record.is_default ? <PipelineState pipeline={record} /> : null}
        verbs={<Verbs verbs={[edit, makeDefault, remove]} />}
        body={<Stages key={record.stage_version} pipeline={record} />}
        facts={<Facts resource={pipelines} namespace="pipelines" record={record} shown={{ is_default: (pipeline) => <PipelineState pipeline={pipeline} /> }} groups={[{ title: t("group"), fields: ["name", "win_policy", "is_default", "custom_fields", "create_time", "update_time"] }]} />}
        timeline={<Versions pipeline={record} />}
      />
      {dialog}
    </>
  );
}
