/** The tree of the enterprise, and beside it the unit that was chosen. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import type { Row } from "@api/records";
import { units } from "@api/resources";
import { PageHeader } from "@kit/PageHeader";
import { Failed, Loading } from "@kit/states";
import { Tree } from "@kit/Tree";
import { useUnits } from "@kit/units";
import { UnitPanel } from "./UnitPanel";
import "./units.css";

export default function UnitsPage() {
  const { t } = useTranslation("units");
  const { id = "" } = useParams();
  const found = useUnits();
  const known = useMemo(() => found.data ?? [], [found.data]);
  const chosen = known.find((unit) => unit.id === id) ?? known.find((unit) => !parentOf(unit, known));
  if (found.isPending) return <Loading rows={8} />;
  if (found.isError) return <Failed error={found.error} retry={() => void found.refetch()} />;
  return (
    <>
      <PageHeader title={t("title")} aside={<span className="crm-count">{t("count", { count: known.length })}</span>} />
      <div className="unit-page">
        <nav className="crm-panel" aria-label={t("tree")}><Tree resource={units} rows={known} order={(unit) => String(unit.path)} aside={(unit) => (unit.former_path ? t("moving") : t(`values.kind.${unit.kind}`))} chosen={chosen?.id} /></nav>
        {chosen ? <UnitPanel key={chosen.id} unit={chosen} units={known} /> : null}
      </div>
    </>
  );
}

/** The unit above, when it is among those one may see. */
export const parentOf = (unit: Row, known: Row[]): Row | undefined => known.find((each) => each.id === unit.parent_id);
