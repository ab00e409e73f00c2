/** What customer and agents said about a ticket, oldest first, and the place to answer or to leave a note. */
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Checkbox, Input, Segmented, Tag } from "antd";
import { lazy, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { answer, api } from "@api/client";
import { type Row, useVerb } from "@api/records";
import { knowledgeVersions, tickets } from "@api/resources";
import { useAccess } from "@app/access";
import { Part } from "@app/Part";
import { useShortcut } from "@app/shortcuts";
import { Failed, Loading } from "@kit/states";
import { toast } from "@kit/toasts";
import { DateTime } from "@kit/values";
import { UNSOLVED } from "./TicketState";
import "./tickets.css";

const ArticlePicker = lazy(() => import("../knowledge/ArticlePicker"));

export function Conversation({ ticket }: { ticket: Row }) {
  const { t } = useTranslation("tickets");
  const { can } = useAccess();
  const end = useRef<HTMLDivElement>(null);
  const found = useInfiniteQuery({
    queryKey: ["service_desk.Article", ticket.id],
    queryFn: ({ pageParam }) => answer(api.GET("/v1/tickets/{ticket_id}/articles", { params: { path: { ticket_id: ticket.id }, query: { page_size: 50, page_token: pageParam } } })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_page_token || undefined,
    enabled: can("service_desk.article.list"),
  });
  const said = (found.data?.pages.flatMap((page) => page.articles ?? []) ?? []).reverse();
  const count = said.length;
  useEffect(() => {
    if (end.current) end.current.scrollTop = end.current.scrollHeight;
  }, [ticket.id, count]);
  return (
    <div className="ticket-talk">
      {/* A region that scrolls must be reachable by keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className="ticket-said" ref={end} role="log" aria-label={t("conversation")} tabIndex={0}>
        {found.hasNextPage ? <Button size="small" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{t("older")}</Button> : null}
        {ticket.description ? <Said kind="CUSTOMER_MESSAGE" who={t("request")} time={ticket.create_time} body={ticket.description} /> : null}
        {found.isPending && found.isFetching ? <Loading rows={3} /> : found.isError ? <Failed error={found.error} retry={() => void found.refetch()} /> : null}
        {said.map((each) => <Said key={each.id} kind={each.kind ?? ""} who={each.author_name || t(`values.article.${each.kind}`)} time={each.occur_time} body={each.body ?? ""} automatic={each.automatic} cited={each.knowledge_version_ids} />)}
        {found.isSuccess && count === 0 && !ticket.description ? <p className="ticket-quiet">{t("silent")}</p> : null}
      </div>
      <Composer key={ticket.id} ticket={ticket} onSent={() => end.current?.focus({ preventScroll: true })} />
    </div>
  );
}

function Said({ kind, who, time, body, automatic = false, cited = [] }: { kind: string; who: string; time?: string; body: string; automatic?: boolean; cited?: string[] }) {
  const { t } = useTranslation("tickets");
  const { can } = useAccess();
  return (
    <article className="ticket-message" data-kind={kind}>
      <header><b>{who}</b><span>{kind === "INTERNAL_NOTE" ? t("values.article.INTERNAL_NOTE") : automatic ? t("automatic") : ""}</span><DateTime value={time} mode="relative" /></header>
      <p>{body}</p>
      {can("service_desk.knowledge_version.get") ? cited.map((id) => <Link key={id} to={knowledgeVersions.page(id)} className="ticket-cited">{t("cited")}</Link>) : null}
    </article>
  );
}

interface Cited {
  id: string;
  title: string;
}

const CLOSED = ["CLOSED", "CANCELLED"];

function Composer({ ticket, onSent }: { ticket: Row; onSent: () => void }) {
  const { t } = useTranslation("tickets");
  const { can } = useAccess();
  const client = useQueryClient();
  const verb = useVerb(tickets);
  const draft = `draft.reply.${ticket.id}`;
  const modes = [{ value: "reply", permission: "service_desk.ticket.reply", open: !CLOSED.includes(ticket.state) }, { value: "addNote", permission: "service_desk.ticket.add_note", open: ticket.state !== "CANCELLED" }, { value: "recordCustomerMessage", permission: "service_desk.ticket.record_customer_message", open: true }]
    .filter((mode) => mode.open && can(mode.permission));
  const [chosen, choose] = useState("reply");
  const [body, setBody] = useState(() => sessionStorage.getItem(draft) ?? "");
  const [waits, setWaits] = useState(false);
  const [cited, cite] = useState<Cited[]>([]);
  const [picking, pick] = useState(false);
  const place = useRef<HTMLTextAreaElement>(null);
  const mode = (modes.find((each) => each.value === chosen) ?? modes[0])?.value;
  useShortcut("r", () => place.current?.focus(), "reply", Boolean(mode));
  const knows = mode === "reply" && can("service_desk.knowledge_version.list");
  useShortcut("i", () => pick(true), "insert_article", knows);
  const solves = mode === "reply" && UNSOLVED.includes(ticket.state) && ticket.kind !== "COMPLAINT" && can("service_desk.ticket.resolve");
  useEffect(() => {
    if (body) sessionStorage.setItem(draft, body);
    else sessionStorage.removeItem(draft);
  }, [body, draft]);
  if (!mode) return null;
  const insert = (version: Row, title: string, text: string) => {
    pick(false);
    setBody((before) => (before.trim() ? `${before.trimEnd()}\n\n${text}` : text));
    cite((before) => [...before.filter((each) => each.id !== version.id), { id: version.id, title }]);
    // The dialog gives its focus back where it was; what is sent next stands here.
    requestAnimationFrame(() => place.current?.focus());
  };
  const send = async (solving = false) => {
    if (!body.trim() || verb.isPending) return;
    try {
      const reply = mode === "reply" ? { ...(waits && !solving ? { await_customer: true } : {}), knowledge_version_ids: cited.map((each) => each.id) } : {};
      const sent = await verb.mutateAsync({ id: ticket.id, verb: mode, body: { body: body.trim(), ...reply }, etag: mode === "reply" ? ticket.etag : undefined });
      const resolution = cited.map((each) => each.title).join("; ") || t("answered_in_reply");
      setBody("");
      setWaits(false);
      cite([]);
      if (solving) await solve(sent, resolution);
      // What was said is read next, or the ticket is solved: keys work there, in the input they would be letters.
      onSent();
      await client.invalidateQueries({ queryKey: ["service_desk.Article", ticket.id] });
      if (!solving) toast.done(t(`said.${mode}`));
    } catch (refusal) {
      toast.refused(refusal);
    }
  };
  const solve = async (sent: Row, resolution: string) => {
    const done = await verb.mutateAsync({ id: ticket.id, verb: "resolve", body: { resolution_code: "answered", resolution }, etag: sent.etag });
    toast.undo(t("said.solved", { number: ticket.number }), () => verb.mutateAsync({ id: ticket.id, verb: "reopen", body: { reason: t("undo_resolve") }, etag: done.etag }));
  };
  return (
    <form className="ticket-composer" data-mode={mode} onSubmit={(event) => { event.preventDefault(); void send(); }}>
      <Segmented size="small" aria-label={t("compose")} value={mode} onChange={choose} options={modes.map(({ value }) => ({ value, label: t(`compose_modes.${value}`) }))} />
      {/* antd's text area keeps its element to itself; the shortcut needs it. */}
      <Input.TextArea ref={(area) => { place.current = area?.resizableTextArea?.textArea ?? null; }} rows={3} className="crm-growing" aria-label={t(`compose_modes.${mode}`)} placeholder={t(`compose_hint.${mode}`)} value={body} onChange={(event) => setBody(event.target.value)}
        onKeyDown={(event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.nativeEvent.isComposing) void send(event.shiftKey && solves); if (event.key === "Escape") event.currentTarget.blur(); }} />
      {cited.length > 0 ? <div className="ticket-citing">{cited.map((each) => <Tag key={each.id} closable={{ "aria-label": t("uncite", { title: each.title }) }} onClose={() => cite(cited.filter((other) => other.id !== each.id))}>{each.title}</Tag>)}</div> : null}
      <div className="ticket-send">
        {mode === "reply" ? <Checkbox checked={waits} onChange={(event) => setWaits(event.target.checked)}>{t("await_customer")}</Checkbox> : <span />}
        {knows ? <Button type="text" size="small" onClick={() => pick(true)}>{t("insert_article")}</Button> : null}
        <span className="ticket-quiet">{t(solves ? "send_solve_hint" : "send_hint")}</span>
        {solves ? <Button loading={verb.isPending} disabled={!body.trim()} onClick={() => void send(true)}>{t("send_solve")}</Button> : null}
        <Button type="primary" htmlType="submit" loading={verb.isPending} disabled={!body.trim()}>{t(`send.${mode}`)}</Button>
      </div>
      {picking ? <Part><ArticlePicker ticket={ticket} onPick={insert} onClose={() => pick(false)} /></Part> : null}
    </form>
  );
}
