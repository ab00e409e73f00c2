/** Palette, quick create, help, and the person's own menu. */
import { MenuOutlined, PlusOutlined, QuestionCircleOutlined, SearchOutlined } from "@ant-design/icons";
import { Button, Popover } from "antd";
import { lazy, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { initials } from "@kit/values";
import { useAccess } from "./access";
import { Bell } from "./Bell";
import { useCreations } from "./navigation";
import { Part } from "./Part";
import { useShortcut } from "./shortcuts";

const loadPalette = () => import("./Palette");
const Palette = lazy(loadPalette);
const loadCreateMenu = () => import("./CreateMenu");
const CreateMenu = lazy(loadCreateMenu);
const HelpSheet = lazy(() => import("./HelpSheet"));
const UserMenu = lazy(() => import("./UserMenu"));
const SessionsDialog = lazy(() => import("./SessionsDialog"));

const COMMAND = /mac|iphone|ipad/i.test(navigator.platform) ? "⌘K" : "Ctrl K";

export function TopBar({ narrow, onMenu }: { narrow: boolean; onMenu: () => void }) {
  const { t } = useTranslation();
  const { me, can } = useAccess();
  const creations = useCreations();
  const [palette, setPalette] = useState(false);
  const [help, setHelp] = useState(false);
  const [menu, setMenu] = useState(false);
  const [sessions, setSessions] = useState(false);
  const [creating, setCreating] = useState<boolean>();
  const name = me.user?.display_name ?? me.user?.login ?? "";
  useEffect(() => {
    // Ctrl is held before K is pressed: enough time to fetch the palette, so that no letter typed next is lost.
    const ahead = (event: KeyboardEvent) => {
      if (event.key === "Control" || event.key === "Meta") void loadPalette();
    };
    document.addEventListener("keydown", ahead);
    return () => document.removeEventListener("keydown", ahead);
  }, []);
  useShortcut("mod+k", () => setPalette(true), "palette");
  useShortcut("?", () => setHelp(true), "help");
  useShortcut("c", () => setCreating(true), "create");
  const create = <Button type="primary" icon={<PlusOutlined />} aria-label={t("create.button")} onPointerEnter={() => void loadCreateMenu()} onClick={() => setCreating(true)}>{narrow ? null : t("create.button")}</Button>;
  return (
    <header className="crm-top" aria-label={t("landmarks.top")}>
      {narrow ? <Button type="text" icon={<MenuOutlined />} aria-label={t("menu.open")} aria-controls="menu" onClick={onMenu} /> : null}
      <button type="button" className="crm-search" onPointerEnter={() => void loadPalette()} onClick={() => setPalette(true)}>
        <SearchOutlined />
        <span>{t("search.open")}</span>
        <kbd>{COMMAND}</kbd>
      </button>
      <span className="crm-top-end">
        {creations.length > 0 ? (
          <Part fallback={create}>{creating === undefined ? create : <CreateMenu narrow={narrow} open={creating} onOpen={setCreating} />}</Part>
        ) : null}
        {narrow ? null : <Button type="text" icon={<QuestionCircleOutlined />} aria-label={t("help.open")} title={`${t("help.open")} (?)`} onClick={() => setHelp(true)} />}
        {can("identity.notification.list") ? <Bell /> : null}
        <Popover trigger="click" placement="bottomRight" destroyOnHidden open={menu} onOpenChange={setMenu} content={<Part><UserMenu onSessions={() => { setMenu(false); setSessions(true); }} /></Part>}>
          <button type="button" className="crm-me" aria-label={`${t("user.menu")} ${name}`}>{initials(name)}</button>
        </Popover>
      </span>
      <Part>
        {palette ? <Palette onClose={() => setPalette(false)} /> : null}
        {help ? <HelpSheet onClose={() => setHelp(false)} /> : null}
        {sessions ? <SessionsDialog onClose={() => setSessions(false)} /> : null}
      </Part>
    </header>
  );
}
