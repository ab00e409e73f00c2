/**
 * Search and filter of a list: chips made from the field metadata, written as AIP-160; experts edit the text itself and
 * see the server's own words when it is refused.
 */
import { CodeOutlined, SearchOutlined } from "@ant-design/icons";
import { Button, Input, type InputRef } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { isApiError } from "@api/errors";
import type { Field } from "@api/metadata";
import { useShortcut } from "@app/shortcuts";
import type { Labels } from "../labels";
import { parse, write } from "./aip160";
import { Chips } from "./Chips";
import type { ListState } from "./state";

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
  const written = useRef(state.search);
  const input = useRef<InputRef>(null);
  const refused = isApiError(error) && error.kind === "invalid" ? (error.violation("filter") ?? error.message) : "";

  useEffect(() => setText(state.filter), [state.filter]);
  useEffect(() => {
    // What comes back is older than what was typed since; only another's word, a view's or a link's, replaces it.
    if (state.search === written.current) return;
    written.current = state.search;
    setSearch(state.search);
  }, [state.search]);
  useEffect(() => {
    const wanted = search.trim().length === 1 ? "" : search.trim();
    if (wanted === state.search) return undefined;
    const timer = setTimeout(() => {
      written.current = wanted;
      state.set({ q: wanted });
    }, 250);
    return () => clearTimeout(timer);
  }, [search, state]);
  useShortcut("/", () => input.current?.focus(), "search");

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
          <Chips terms={terms} fields={fields} labels={labels} onChange={(next) => state.set({ f: write(next) })} />
          <Button type="text" icon={<CodeOutlined />} aria-label={t("filter.edit_expert")} title={t("filter.edit_expert")} onClick={() => setExpert(true)} />
        </>
      )}
      {state.changed || state.search ? <Button type="link" onClick={() => { setExpert(false); state.set({ view: state.view.id }); }}>{t("views.reset")}</Button> : null}
      {refused ? <p role="alert" className="crm-filter-refused">{t("filter.refused", { message: refused })}</p> : null}
    </div>
  );
}
