/** One report on a dashboard, with what its reader may see; a reader who may not use it is told so. */
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { isApiError } from "@api/errors";
import { useRecord } from "@api/records";
import { reportDefinitions } from "@api/resources";
import { LockOutlined } from "@ant-design/icons";
import { Empty, Failed, Loading } from "@kit/states";
import { asked, type Definition, type Question, useDatasets, useDefinitionRun } from "./definition";
import { OwnReport } from "./OwnReport";
import type { Tile } from "./tiles";

const WITHHELD = [403, 404];

export function DashboardTile({ tile }: { tile: Tile }) {
  const { t } = useTranslation("dashboards");
  const found = useRecord(reportDefinitions, tile.report_definition_id);
  const definition = found.data as Definition | undefined;
  const { datasets } = useDatasets();
  const run = useDefinitionRun(definition && { id: definition.id, etag: definition.etag });
  const error = found.error ?? run.error;
  if (isApiError(error) && WITHHELD.includes(error.status)) return <Empty icon={<LockOutlined />} title={t("tile.withheld")} text={error.status === 403 ? error.message : t("tile.withheld_text")} />;
  if (error) return <Failed error={error} retry={() => { void found.refetch(); void run.refetch(); }} />;
  if (!definition || !run.data) return <Loading rows={6} />;
  const dataset = datasets.find((each) => each.name === definition.dataset);
  const title = tile.title || definition.name;
  return (
    <>
      <OwnReport title={title} asked={drawn(definition, tile)} dataset={dataset} result={run.data} />
      <Link className="dashboard-open" to={reportDefinitions.page(definition.id)} aria-label={`${t("tile.open")} ${title}`}>{t("tile.open")}</Link>
    </>
  );
}

/** As the tile says, else as the report does. */
function drawn(definition: Definition, tile: Tile): Question {
  const question = asked(definition);
  return { ...question, chart: tile.chart && tile.chart !== "CHART_UNSPECIFIED" ? tile.chart : question.chart };
}
