/** The tiles of a dashboard in their order; while it is arranged each has buttons, and can be dragged to another's place. */
import { ArrowLeftOutlined, ArrowRightOutlined, DeleteOutlined, MinusOutlined, PlusOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { useRecord } from "@api/records";
import { reportDefinitions } from "@api/resources";
import { DashboardTile } from "@kit/report/DashboardTile";
import { moved, resized, type Tile, widthOf } from "@kit/report/tiles";

interface Props {
  tiles: Tile[];
  arranging: boolean;
  onChange: (tiles: Tile[], said?: string) => Promise<void>;
}

export function Tiles({ tiles, arranging, onChange }: Props) {
  const { t } = useTranslation("dashboards");
  const [said, say] = useState("");
  const [dragged, drag] = useState<number>();
  const move = (from: number, to: number, name: string) => {
    say(t("tile.moved", { name, place: to + 1, all: tiles.length }));
    void onChange(moved(tiles, from, to));
  };
  return (
    <>
      <p className="crm-hidden" role="status">{said}</p>
      <div className="dashboard-tiles">
        {tiles.map((tile, at) => (
          <section key={`${tile.report_definition_id} ${at}`} className="crm-panel dashboard-tile" data-width={widthOf(tile)} data-dragged={dragged === at || undefined} draggable={arranging} onDragStart={() => drag(at)} onDragEnd={() => drag(undefined)} onDragOver={(event) => { if (dragged !== undefined) event.preventDefault(); }} onDrop={() => { if (dragged !== undefined && dragged !== at) void onChange(moved(tiles, dragged, at)); }}>
            {arranging ? (
              <Arranged tile={tile}>
                {(name) => (
                  <>
                    <Button size="small" icon={<ArrowLeftOutlined />} disabled={at === 0} aria-label={t("tile.earlier", { name })} onClick={() => move(at, at - 1, name)} />
                    <Button size="small" icon={<ArrowRightOutlined />} disabled={at === tiles.length - 1} aria-label={t("tile.later", { name })} onClick={() => move(at, at + 1, name)} />
                    <Button size="small" icon={<MinusOutlined />} disabled={resized(tile, -1) === widthOf(tile)} aria-label={t("tile.narrower", { name })} onClick={() => void onChange(tiles.map((each, place) => (place === at ? { ...each, width: resized(each, -1) } : each)))} />
                    <Button size="small" icon={<PlusOutlined />} disabled={resized(tile, 1) === widthOf(tile)} aria-label={t("tile.wider", { name })} onClick={() => void onChange(tiles.map((each, place) => (place === at ? { ...each, width: resized(each, 1) } : each)))} />
                    <Button size="small" icon={<DeleteOutlined />} aria-label={t("tile.remove", { name })} onClick={() => void onChange(tiles.filter((_, place) => place !== at), t("tile.removed", { name }))} />
                  </>
                )}
              </Arranged>
            ) : null}
            <DashboardTile tile={tile} />
          </section>
        ))}
      </div>
    </>
  );
}

function Arranged({ tile, children }: { tile: Tile; children: (name: string) => ReactNode }) {
  const { t } = useTranslation("dashboards");
  const found = useRecord(reportDefinitions, tile.report_definition_id);
  return <div className="dashboard-arrange">{children(tile.title || String(found.data?.name ?? t("tile.untitled")))}</div>;
}
