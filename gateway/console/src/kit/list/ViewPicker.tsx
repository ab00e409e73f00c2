/** Views as tabs: built-in ones first, then one's own, the unit's and everyone's, told apart by a sign. */
import { GlobalOutlined, MoreOutlined, TeamOutlined, UserOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { Part } from "@app/Part";
import { useShortcut } from "@app/shortcuts";
import type { ListState } from "./state";

const ViewMenu = lazy(() => import("./ViewMenu"));
const ViewDialog = lazy(() => import("./ViewDialog"));

export interface Saving {
  state: ListState;
  /** Fields the list shows now. */
  columns: string[];
  /** The view has the columns from now on, so that no other choice need be remembered. */
  onSaved: () => void;
}

const SIGNS = { PRIVATE: UserOutlined, UNIT: TeamOutlined, EVERYONE: GlobalOutlined };

export function ViewPicker(saving: Saving) {
  const { t } = useTranslation("kit");
  const [menu, setMenu] = useState(false);
  const [dialog, setDialog] = useState<"save" | "share" | "edit">();
  const { state } = saving;
  const { view, views, changed } = state;
  useShortcut("s", () => setDialog("save"), "save_view");
  useShortcut("shift+s", () => setDialog("share"), "share_view");
  return (
    <div className="crm-views">
      <nav aria-label={t("views.label")}>
        {views.map((each) => {
          const Sign = each.audience && SIGNS[each.audience];
          return (
            <button key={each.id} type="button" aria-current={each.id === view.id ? "true" : undefined} onClick={() => state.set({ view: each.id })}>
              {Sign ? <Sign aria-label={t(`views.audience.${each.audience}`)} title={t(`views.audience.${each.audience}`)} /> : null}
              {each.name}
              {each.id === view.id && changed ? <span className="crm-view-changed" title={t("views.changed")}><span className="crm-hidden">{t("views.changed")}</span></span> : null}
            </button>
          );
        })}
      </nav>
      {state.gone ? <small role="status">{t("views.gone")}</small> : null}
      {changed ? <Button type="link" size="small" onClick={() => setDialog("save")}>{t("views.save")}</Button> : null}
      <Part>
        {menu ? <ViewMenu {...saving} onDialog={setDialog} /> : <Button type="text" size="small" icon={<MoreOutlined />} aria-label={t("views.menu")} onClick={() => setMenu(true)} />}
        {dialog ? <ViewDialog {...saving} purpose={dialog} onClose={() => setDialog(undefined)} /> : null}
      </Part>
    </div>
  );
}
