/** Ctrl/Cmd K: records, pages, actions and what was open lately; pinyin initials find Chinese names. Works in inputs. */
import { Modal } from "antd";
import { useQueries } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { listPage } from "@api/records";
import { searchable } from "@api/resources";
import { useAccess } from "./access";
import { useCreations, useNavigation } from "./navigation";
import { recentOf } from "./recent";
import "./palette.css";

interface Item {
  key: string;
  group: string;
  label: string;
  aside?: string;
  to: string;
}

type Matcher = (text: string, typed: string) => boolean;

const PER_RESOURCE = 4;

export default function Palette({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { can, id: own } = useAccess();
  const groups = useNavigation();
  const creations = useCreations();
  const [typed, type] = useState("");
  const [search, setSearch] = useState("");
  const [at, setAt] = useState(0);
  const matches = usePinyin();
  const text = typed.trim();
  useEffect(() => {
    const timer = setTimeout(() => setSearch(text.length > 1 ? text : ""), 180);
    return () => clearTimeout(timer);
  }, [text]);
  const wanted = searchable.filter((resource) => can(`${resource.permission}.list`));
  const found = useQueries({
    queries: wanted.map((resource) => ({
      queryKey: [resource.schema, "palette", search],
      queryFn: ({ signal }: { signal: AbortSignal }) => listPage(resource, { search, page_size: PER_RESOURCE }, "", signal),
      enabled: search !== "",
      retry: false,
    })),
  });
  const recent: Item[] = recentOf(own).filter((each) => matches(each.title, text)).slice(0, text ? 4 : 8).map((each) => ({ key: `recent ${each.to}`, group: t("search.recent"), label: each.title, aside: t(`nav:records.${each.schema}`), to: each.to }));
  const pages: Item[] = groups.flatMap((group) => group.items.map((item) => ({ key: item.to, group: t("search.pages"), label: item.label, aside: group.title, to: item.to }))).filter((each) => matches(`${each.label} ${each.aside}`, text));
  const actions: Item[] = creations.map((each) => ({ key: `create ${each.key}`, group: t("search.actions"), label: t("create.item", { name: each.label }), to: each.to })).filter((each) => matches(each.label, text));
  const records: Item[] = wanted.flatMap((resource, index) => (search ? (found[index]?.data?.rows ?? []) : []).map((row) => ({ key: row.id, group: t(`nav:records.${resource.schema}`), label: resource.title(row), aside: String(row.company || row.number || ""), to: resource.page(row.id) })));
  const items = [...recent, ...records, ...pages.slice(0, text ? 6 : 12), ...actions];
  const chosen = items[Math.min(at, items.length - 1)];
  const loading = found.some((each) => each.isFetching);
  const go = (item: Item | undefined) => {
    if (!item) return;
    onClose();
    void navigate(item.to);
  };
  const onKey = (event: React.KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "ArrowDown") setAt(Math.min(at + 1, items.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(at - 1, 0));
    else if (event.key === "Enter") go(chosen);
    else return;
    event.preventDefault();
  };
  useEffect(() => document.getElementById(`hit-${at}`)?.scrollIntoView({ block: "nearest" }), [at]);
  return (
    <Modal open footer={null} closable={false} onCancel={onClose} width={620} className="crm-palette" title={<span className="crm-hidden">{t("search.title")}</span>}>
      <input role="combobox" aria-expanded="true" aria-controls="hits" aria-activedescendant={chosen ? `hit-${items.indexOf(chosen)}` : undefined} aria-label={t("search.title")} autoFocus placeholder={t("search.placeholder")} value={typed} onChange={(event) => { type(event.target.value); setAt(0); }} onKeyDown={onKey} />
      <div role="listbox" id="hits" aria-label={t("search.title")}>
        {items.map((item, index) => (
          <div key={item.key} role="presentation">
            {item.group === items[index - 1]?.group ? null : <p role="presentation">{item.group}</p>}
            {/* The keys of the options are those of the input, as the combobox pattern says. */}
            {/* eslint-disable-next-line jsx-a11y/click-events-have-key-events */}
            <div role="option" tabIndex={-1} id={`hit-${index}`} aria-selected={item === chosen} onMouseMove={() => setAt(index)} onClick={() => go(item)}>
              <span>{item.label}</span>
              <small>{item.aside}</small>
            </div>
          </div>
        ))}
      </div>
      <p className="crm-palette-foot" role="status">
        {loading ? t("search.searching") : items.length === 0 ? t(text.length === 1 ? "search.typing" : "search.none") : <><span className="crm-hidden">{t("search.results", { count: items.length })}</span><span>{t("search.hint")}</span></>}
      </p>
    </Modal>
  );
}

/** Plain matching at once, pinyin as soon as its table is there. */
function usePinyin(): Matcher {
  const [pinyin, setPinyin] = useState<((text: string, typed: string) => unknown) | null>(null);
  useEffect(() => {
    void import("pinyin-match").then((module) => setPinyin(() => module.default.match));
  }, []);
  return (text, typed) => !typed || text.toLowerCase().includes(typed.toLowerCase()) || Boolean(pinyin?.(text, typed));
}
