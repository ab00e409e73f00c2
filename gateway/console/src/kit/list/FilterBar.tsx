/**
 * Search and filter of a list: chips made from the field metadata, written as AIP-160; experts edit the text itself and
 * see the server's own words when it is refused.
 */
import { CloseOutlined, CodeOutlined, FilterOutlined, SearchOutlined } from "@ant-design/icons";
import { Button, Input, type InputRef, Popover } from "antd";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { isApiError } from "@api/errors";
import type { Field } from "@api/metadata";
import { useShortcut } from "@app/shortcuts";
import type { Labels } from "../labels";
import { parse, type Term, write } from "./aip160";
import { ChipText } from "./ChipText";
import type { ListState } from "./state";

const ChipEditor = lazy(() => import("./ChipEditor"));

interface Props {
  state: ListState;
  fields: Field[];
  labels: Labels;
  name: string;
  error?: unknown;
  searchable?: boolean;
}

export function FilterBar({ state, fields, labels, name, error, searchable = true }: Props) {
  const { t } = useTranslation("kit");
  const terms = parse(state.filter);
  const [expert, setExpert] = useState(terms === null);
  const [text, setText] = useState(state.filter);
  const [search, setSearch] = useState(state.search);
  const [open, setOpen] = useState<number | null>(null);
  const input = useRef<InputRef>(null);
  const refused = isApiError(error) && error.kind === "invalid" ? (error.violation("filter") ?? error.message) : "";

  useEffect(() => setText(state.filter), [state.filter]);
  useEffect(() => setSearch(state.search), [state.search]);
  useEffect(() => {
    const wanted = search.trim().length === 1 ? "" : search.trim();
    if (wanted === state.search) return undefined;
    const timer = setTimeout(() => state.set({ q: wanted }), 250);
    return () => clearTimeout(timer);
  }, [search, state]);
  useShortcut("/", () => input.current?.focus(), "search");

  const apply = (next: Term[]) => {
    state.set({ f: write(next) });
    setOpen(null);
  };
  const asText = expert || terms === null;
  return (
    <div className="crm-filter" role="search">
      {searchable ? <Input ref={input} className="crm-filter-search" allowClear prefix={<SearchOutlined />} placeholder={t("filter.search")} aria-label={t("filter.search_in", { name })} value={search} onChange={(event) => setSearch(event.target.value)} onKeyDown={(event) => { if (event.key === "Escape") event.currentTarget.blur(); }} /> : null}
      {asText ? (
        <form className="crm-filter-expert" onSubmit={(event) => { event.preventDefault(); state.set({ f: text }); }}>
          <Input prefix={<CodeOutlined />} aria-label={t("filter.expert_label")} aria-invalid={Boolean(refused)} status={refused ? "error" : ""} placeholder={t("filter.expert_hint")} value={text} onChange={(event) => setText(event.target.value)} />
          <Button htmlType="submit">{t("filter.apply")}</Button>
          {parse(text) !== null ? <Button type="text" onClick={() => { setExpert(false); state.set({ f: text }); }}>{t("filter.chips")}</Button> : null}
        </form>
      ) : (
        <>
          {terms.map((term, index) => (
            <span className="crm-chip" key={`${term.field}${index}`}>
              <Popover trigger="click" placement="bottomLeft" open={open === index} onOpenChange={(shown) => setOpen(shown ? index : null)} destroyOnHidden content={<Suspense fallback={null}><ChipEditor fields={fields} labels={labels} term={term} onApply={(next) => apply(terms.map((each, at) => (at === index ? next : each)))} /></Suspense>}>
                <button type="button"><ChipText term={term} fields={fields} labels={labels} /></button>
              </Popover>
              <button type="button" className="crm-chip-remove" aria-label={t("filter.remove", { text: labels.label(term.field) })} onClick={() => apply(terms.filter((_, at) => at !== index))}><CloseOutlined /></button>
            </span>
          ))}
          <Popover trigger="click" placement="bottomLeft" open={open === -1} onOpenChange={(shown) => setOpen(shown ? -1 : null)} destroyOnHidden content={<Suspense fallback={null}><ChipEditor fields={fields} labels={labels} onApply={(next) => apply([...terms, next])} /></Suspense>}>
            <Button type="text" icon={<FilterOutlined />}>{t("filter.add")}</Button>
          </Popover>
          <Button type="text" icon={<CodeOutlined />} aria-label={t("filter.edit_expert")} title={t("filter.edit_expert")} onClick={() => setExpert(true)} />
        </>
      )}
      {state.changed || state.search ? <Button type="link" onClick={() => { setExpert(false); state.set({ view: state.view.id }); }}>{t("views.reset")}</Button> : null}
      {refused ? <p role="alert" className="crm-filter-refused">{t("filter.refused", { message: refused })}</p> : null}
    </div>
  );
}
