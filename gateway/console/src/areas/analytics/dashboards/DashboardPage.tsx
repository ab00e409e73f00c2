/** One dashboard: reports side by side, each with what its reader may see; whoever may change it arranges it. */
import { DeleteOutlined, LayoutOutlined, PushpinOutlined, ShareAltOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { dashboards } from "@api/resources";
import { Part } from "@app/Part";
import { recall, rememberPref, usePrefs } from "@app/prefs";
import { Loaded } from "@kit/catalogue/Loaded";
import { PageHeader } from "@kit/PageHeader";
import type { Tile } from "@kit/report/tiles";
import { PINNED } from "@kit/report/tiles";
import { Empty } from "@kit/states";
import { toast } from "@kit/toasts";
import { AddTile } from "./AddTile";
import { Tiles } from "./Tiles";
import { useBoard } from "./useBoard";
import "./dashboards.css";

const KeepDialog = lazy(() => import("@kit/report/KeepDialog"));

export default function DashboardPage() {
  return <Loaded resource={dashboards} Body={Board} />;
}

function Board({ record }: { record: Row }) {
  const { t } = useTranslation("dashboards");
  const board = useBoard(record);
  usePrefs();
  const [arranging, arrange] = useState(false);
  const [sharing, share] = useState(false);
  const name = String(record.name);
  const isPinned = recall(PINNED, "") === record.id;
  const pin = () => {
    rememberPref(PINNED, isPinned ? "" : record.id);
    toast.done(t(isPinned ? "unpinned" : "pinned", { name }));
  };
  const tiles = (record.tiles ?? []) as Tile[];
  const actions = (
    <>
      <Button icon={<PushpinOutlined />} aria-pressed={isPinned} onClick={pin}>{t(isPinned ? "unpin" : "pin")}</Button>
      {board.mayDelete ? <Button icon={<DeleteOutlined />} onClick={() => void board.remove()}>{t("delete")}</Button> : null}
      {board.mayUpdate ? (
        <>
          <Button icon={<ShareAltOutlined />} onClick={() => share(true)}>{t("share")}</Button>
          {tiles.length > 0 ? <Button icon={<LayoutOutlined />} aria-pressed={arranging} onClick={() => arrange(!arranging)}>{t(arranging ? "arranged" : "arrange")}</Button> : null}
          <AddTile onAdd={(id) => void board.place([...tiles, { report_definition_id: id }], t("added"))} />
        </>
      ) : null}
    </>
  );
  return (
    <div className="dashboard">
      <PageHeader title={name} actions={actions} />
      {tiles.length === 0 ? <Empty title={t("bare.title")} text={t("bare.text")} /> : <Tiles tiles={tiles} arranging={arranging && board.mayUpdate} onChange={board.place} />}
      <Part>
        {sharing ? <KeepDialog title={t("share")} permission="reporting.dashboard.update" kept={{ name, audience: record.audience, unit_path: record.unit_path, owner_id: record.owner_id }} onKeep={board.rename} onClose={() => share(false)} /> : null}
      </Part>
    </div>
  );
}
