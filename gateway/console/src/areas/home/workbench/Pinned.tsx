/** The dashboard that the person pinned, above everything else; one that is gone leaves no trace. */
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useRecord } from "@api/records";
import { dashboards } from "@api/resources";
import { DashboardTile } from "@kit/report/DashboardTile";
import { type Tile, widthOf } from "@kit/report/tiles";
import "@kit/record/record.css";
import "@kit/report/report.css";

export default function Pinned({ id }: { id: string }) {
  const { t } = useTranslation("workbench");
  const { data: board } = useRecord(dashboards, id);
  if (!board) return null;
  return (
    <section className="workbench-pinned" aria-label={String(board.name)}>
      <div className="crm-panel-head"><h2>{board.name}</h2><Link to={dashboards.page(id)}>{t("dashboard")}</Link></div>
      <div className="dashboard-tiles">
        {((board.tiles ?? []) as Tile[]).map((tile, at) => <section key={`${tile.report_definition_id} ${at}`} className="crm-panel dashboard-tile" data-width={widthOf(tile)}><DashboardTile tile={tile} /></section>)}
      </div>
    </section>
  );
}
