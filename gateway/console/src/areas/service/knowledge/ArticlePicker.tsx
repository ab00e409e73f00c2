/** Articles that may answer a ticket: suggestions at once, others by typing; arrows choose, Enter takes. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Input, Modal } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { listPage, type Row } from "@api/records";
import { knowledgeVersions, tickets } from "@api/resources";
import { call } from "@api/transport";
import { useSettled } from "@kit/useSettled";
import { languageOf, spoken, titled } from "./languages";
import { plain } from "./markdown";
import "./knowledge.css";

interface Props {
  ticket: Row;
  onPick: (version: Row, title: string, text: string) => void;
  onClose: () => void;
}

export default function ArticlePicker({ ticket, onPick, onClose }: Props) {
  const { t } = useTranslation("knowledge");
  const [typed, type] = useState("");
  const [at, setAt] = useState(0);
  const search = useSettled(typed.trim());
  const wanted = languageOf(`${ticket.subject} ${ticket.description ?? ""}`);
  const found = useQuery({
    queryKey: [knowledgeVersions.schema, "pick", ticket.id, search],
    queryFn: async ({ signal }) => {
      if (search.length > 1) return (await listPage(knowledgeVersions, { search, page_size: 10 }, "", signal)).rows;
      return (await call<{ knowledge_versions?: Row[] }>("GET", `${tickets.path}/${ticket.id}:searchKnowledge`, { query: { page_size: 10 }, signal })).knowledge_versions ?? [];
    },
    placeholderData: keepPreviousData,
  });
  const hits = found.data ?? [];
  const chosen = hits[Math.min(at, hits.length - 1)];
  const take = (version: Row | undefined) => {
    if (version) onPick(version, titled(version, wanted), plain(String(version[`body_${spoken(version, wanted)}`] ?? "")));
  };
  const onKey = (event: React.KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "ArrowDown") setAt(Math.min(at + 1, hits.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(at - 1, 0));
    else if (event.key === "Enter") take(chosen);
    else return;
    event.preventDefault();
  };
  useEffect(() => document.getElementById(`knowledge-${at}`)?.scrollIntoView({ block: "nearest" }), [at]);
  return (
    <Modal open footer={null} closable={false} onCancel={onClose} width={620} title={t("pick.title")}>
      <div className="knowledge-pick">
        <Input role="combobox" aria-expanded="true" aria-controls="knowledge-hits" aria-activedescendant={chosen ? `knowledge-${hits.indexOf(chosen)}` : undefined} aria-label={t("pick.search")} placeholder={t("pick.search")} autoFocus value={typed} onChange={(event) => { type(event.target.value); setAt(0); }} onKeyDown={onKey} />
        <div role="listbox" id="knowledge-hits" className="knowledge-hits" aria-label={t("pick.title")}>
          {hits.map((version, index) => (
            // The keys of the options are those of the input, as the combobox pattern says.
            // eslint-disable-next-line jsx-a11y/click-events-have-key-events
            <div key={version.id} role="option" tabIndex={-1} id={`knowledge-${index}`} aria-selected={version === chosen} onMouseMove={() => setAt(index)} onClick={() => take(version)}>
              <b>{titled(version, wanted)}</b>
              <small>{plain(String(version[`body_${spoken(version, wanted)}`] ?? ""))}</small>
            </div>
          ))}
        </div>
        <p className="crm-muted" role="status">{found.isFetching ? t("pick.searching") : hits.length === 0 ? t(search.length > 1 ? "pick.none" : "pick.no_suggestion") : t("pick.hint")}</p>
      </div>
    </Modal>
  );
}
