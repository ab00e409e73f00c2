/** Skip link, menu, top bar, content; focus moves to the heading of each new page. */
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Outlet, useLocation, useNavigate } from "react-router";
import { useWatched } from "@kit/bulk/watched";
import { useNarrow } from "@kit/useNarrow";
import { LiveBar } from "./LiveBar";
import { Nav } from "./Nav";
import { useNavigation } from "./navigation";
import { useNewVersion } from "./newVersion";
import { recall, rememberPref, usePrefs } from "./prefs";
import { listenForShortcuts, useShortcut } from "./shortcuts";
import { TopBar } from "./TopBar";
import { useLive } from "./useLive";
import "./shell.css";

const BulkProgress = lazy(() => import("@kit/bulk/BulkProgress"));

export function Shell() {
  const { t } = useTranslation();
  usePrefs();
  const narrow = useNarrow();
  const collapsed = recall("nav.collapsed", false);
  const [open, setOpen] = useState(false);
  const [online, setOnline] = useState(navigator.onLine);
  const { lost, waiting } = useLive();
  const outdated = useNewVersion();
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);

  useEffect(listenForShortcuts, []);
  useEffect(() => {
    const changed = () => setOnline(navigator.onLine);
    window.addEventListener("online", changed);
    window.addEventListener("offline", changed);
    return () => {
      window.removeEventListener("online", changed);
      window.removeEventListener("offline", changed);
    };
  }, []);
  useEffect(() => {
    setOpen(false);
    // The first page keeps the focus where the browser put it.
    if (first.current) {
      first.current = false;
      return undefined;
    }
    main.current?.scrollTo({ top: 0 });
    const timer = setTimeout(() => {
      if (!document.activeElement || document.activeElement === document.body || !main.current?.contains(document.activeElement)) {
        (main.current?.querySelector("h1") ?? main.current)?.focus({ preventScroll: true });
      }
    }, 60);
    return () => clearTimeout(timer);
  }, [pathname]);

  return (
    <div className="crm-shell" data-collapsed={(!narrow && collapsed) || undefined} data-open={open || undefined}>
      <a className="crm-skip" href="#content">{t("skip")}</a>
      <Nav collapsed={!narrow && collapsed} hidden={narrow && !open} onCollapse={() => rememberPref("nav.collapsed", !collapsed)} />
      {narrow && open ? <button type="button" className="crm-scrim" aria-label={t("menu.collapse")} onClick={() => setOpen(false)} /> : null}
      <TopBar narrow={narrow} onMenu={() => setOpen(!open)} />
      <main ref={main} id="content" tabIndex={-1}>
        <LiveBar online={online} lost={lost} waiting={waiting} outdated={outdated} />
        <Outlet />
      </main>
      <Goto />
      <Suspense fallback={null}>{useWatched().length > 0 ? <BulkProgress /> : null}</Suspense>
    </div>
  );
}

/** G then a letter goes to a page. */
function Goto() {
  const groups = useNavigation();
  return groups.flatMap((group) => group.items).map((item) => (item.shortcut ? <GotoKey key={item.to} letter={item.shortcut} to={item.to} label={item.label} /> : null));
}

function GotoKey({ letter, to, label }: { letter: string; to: string; label: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  useShortcut(`g ${letter}`, () => navigate(to), t("shortcuts.go", { page: label }));
  return null;
}
