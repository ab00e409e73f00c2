/** One model: how it stands, what its latest preview or run says, its tree, and beside it the territory that was chosen. */
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useRecord } from "@api/records";
import { territories, territoryModels } from "@api/resources";
import { useAccess } from "@app/access";
import { Reference } from "@kit/FieldValue";
import { RecordPage } from "@kit/record/RecordPage";
import { Verbs } from "@kit/record/Verbs";
import { Empty, Failed, Loading } from "@kit/states";
import { useTerritories } from "@kit/territories";
import { Tree } from "@kit/Tree";
import { DateTime } from "@kit/values";
import { AlignmentPanel } from "./AlignmentPanel";
import { ModelState } from "./ModelState";
import { TerritoryDialog } from "./TerritoryDialog";
import { TerritoryPanel } from "./TerritoryPanel";
import { useModelVerbs } from "./useModelVerbs";
import "./territories.css";

export function TerritoryModel({ id, chosen }: { id: string; chosen?: string }) {
  const { t } = useTranslation("territories");
  const { can } = useAccess();
  const found = useRecord(territoryModels, id);
  const tree = useTerritories(id);
  const [adding, add] = useState(false);
  const { verbs, dialog } = useModelVerbs(found.data);
  const model = found.data;
  if (found.isPending || tree.isPending) return <Loading rows={8} />;
  if (!model || tree.isError) return <Failed error={found.error ?? tree.error} retry={() => void (model ? tree.refetch() : found.refetch())} />;
  const known = tree.data;
  const territory = known.find((each) => each.id === chosen) ?? known.find((each) => !each.parent_id);
  const action = model.state === "PLANNING" && can("identity.territory.create") ? <Button size="small" onClick={() => add(true)}>{t("territory.add")}</Button> : null;
  const moments = (["effective_time", "activate_time", "archive_time"] as const).filter((moment) => model[moment]);
  return (
    <>
      <RecordPage
        back="/app/settings/territories"
        title={model.name}
        state={<ModelState model={model} />}
        verbs={<Verbs verbs={verbs} />}
        highlights={[
          { label: t("territories"), value: known.length },
          ...moments.map((moment) => ({ label: t(`fields.${moment}`), value: <DateTime value={model[moment]} mode="exact" /> })),
          ...(model.source_model_id ? [{ label: t("fields.source_model_id"), value: <Reference field="source_model_id" id={model.source_model_id} /> }] : []),
        ]}
        body={can("customers.territory_alignment.list") ? <AlignmentPanel model={model} /> : null}
        facts={
          <nav aria-label={t("tree")}>
            <div className="crm-panel-head"><h2>{t("territories")}</h2>{known.length > 0 ? action : null}</div>
            {known.length === 0 ? <Empty title={t("territory.none")} text={t("territory.none_text")} action={action} /> : <Tree resource={territories} rows={known} order={(each) => String(each.code)} aside={(each) => each.code} chosen={territory?.id} />}
          </nav>
        }
        timeline={territory ? <TerritoryPanel key={territory.id} territory={territory} model={model} known={known} /> : undefined}
      />
      {dialog}
      {adding ? <TerritoryDialog model={model} known={known} onClose={() => add(false)} /> : null}
    </>
  );
}
