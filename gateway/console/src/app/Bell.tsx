/** The bell: how much is unread, and the latest of it; the whole list is a page of its own. */
import { BellOutlined } from "@ant-design/icons";
import { Popover } from "antd";
import { lazy, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { UNREAD_SHOWN, useNotifications } from "@api/notifications";
import { Part } from "./Part";
import { useShortcut } from "./shortcuts";
import "./bell.css";

const loadList = () => import("./BellList");
const BellList = lazy(loadList);

export function Bell() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const told = useNotifications({ page_size: 20 });
  const unread = told.data?.pages[0]?.unread_count ?? 0;
  const latest = told.data?.pages[0]?.notifications?.[0];
  const said = useNews(told.isSuccess, latest?.id ?? "", latest?.read_time ? "" : (latest?.text ?? ""));
  useShortcut("b", () => setOpen(true), "bell");
  const label = unread > 0 ? t("bell.unread", { formatted: unread >= UNREAD_SHOWN ? `${UNREAD_SHOWN}+` : String(unread) }) : t("bell.none");
  return (
    <>
      <Popover trigger="click" placement="bottomRight" destroyOnHidden open={open} onOpenChange={setOpen} content={<Part><BellList onClose={() => setOpen(false)} /></Part>}>
        <button type="button" className="crm-bell" aria-label={label} title={label} aria-expanded={open} onPointerEnter={() => void loadList()}>
          <BellOutlined />
          {unread > 0 ? <span className="crm-bell-count" aria-hidden="true">{unread >= UNREAD_SHOWN ? "99+" : unread}</span> : null}
        </button>
      </Popover>
      <span className="crm-hidden" role="status">{said}</span>
    </>
  );
}

/** The text of what came since the list was first read: told to screen readers, never what was there before. */
function useNews(loaded: boolean, id: string, text: string): string {
  const known = useRef<string>(undefined);
  const [said, say] = useState("");
  useEffect(() => {
    if (!loaded) return;
    if (known.current !== undefined && known.current !== id) say(text);
    known.current = id;
  }, [loaded, id, text]);
  return said;
}
