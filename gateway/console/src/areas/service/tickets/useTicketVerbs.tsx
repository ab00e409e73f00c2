/** What can be done with a ticket in its present state; returns the verbs and the dialog one of them opened. */
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Row, useVerb } from "@api/records";
import { tickets } from "@api/resources";
import { call } from "@api/transport";
import { useAccess } from "@app/access";
import { useSharing } from "@kit/record/useSharing";
import { VerbDialog } from "@kit/record/VerbDialog";
import type { Verb } from "@kit/record/Verbs";
import { toast } from "@kit/toasts";
import { UNSOLVED, WAITING } from "./TicketState";

type Asked = "assign" | "resolve" | "hold" | "third_party" | "reopen" | "cancel" | "rate" | "";

const FORMS: Record<Exclude<Asked, "" | "rate">, { verb: string; operation: string; fields: string[]; required?: string[]; body?: object }> = {
  assign: { verb: "assign", operation: "service_desk_AssignTicket", fields: ["owner_id", "reason"] },
  resolve: { verb: "resolve", operation: "service_desk_ResolveTicket", fields: ["resolution", "root_cause", "resolution_code"] },
  hold: { verb: "pend", operation: "service_desk_PendTicket", fields: ["hold_until_time", "reason"], required: ["hold_until_time"], body: { state: "ON_HOLD" } },
  third_party: { verb: "pend", operation: "service_desk_PendTicket", fields: ["reason"], body: { state: "PENDING_THIRD_PARTY" } },
  reopen: { verb: "reopen", operation: "service_desk_ReopenTicket", fields: ["reason"] },
  cancel: { verb: "cancel", operation: "service_desk_CancelTicket", fields: ["reason"] },
};

export function useTicketVerbs(ticket: Row | undefined, rated: boolean): { verbs: Verb[]; dialog: ReactNode } {
  const { t } = useTranslation("tickets");
  const { id: own } = useAccess();
  const client = useQueryClient();
  const verb = useVerb(tickets);
  const sharing = useSharing(tickets, ticket);
  const [asked, open] = useState<Asked>("");
  if (!ticket) return { verbs: [], dialog: null };
  const { id, state, number } = ticket;
  const unsolved = UNSOLVED.includes(state);
  const waiting = WAITING.includes(state);
  const act = (name: string, body: object = {}, etag = ticket.etag) => verb.mutateAsync({ id, verb: name, body, etag });
  const may = (name: string) => `service_desk.ticket.${name}`;
  const take = async () => {
    const taken = await act("assign", { owner_id: own });
    if (ticket.owner_id) toast.undo(t("done.taken", { number }), () => act("assign", { owner_id: ticket.owner_id }, taken.etag));
    else toast.done(t("done.taken", { number }));
  };
  const wait = async () => {
    const put = await act("pend", { state: "PENDING_CUSTOMER" });
    toast.undo(t("done.waiting", { number }), () => act("resume", {}, put.etag));
  };
  const say = (name: string) => async () => {
    await act(name);
    toast.done(t(`done.${name}`, { number }));
  };
  const copyLink = async () => {
    const link = await call<{ path: string }>("GET", `/v1/tickets/${id}/survey-link`);
    await navigator.clipboard.writeText(window.location.origin + link.path);
    toast.done(t("done.survey_link", { number }));
  };
  const verbs: Verb[] = [
    { key: "take", label: t("verbs.take"), permission: may("assign"), enabled: unsolved && !ticket.owner_id, run: take },
    { key: "resolve", label: t("verbs.resolve"), permission: may("resolve"), enabled: unsolved && Boolean(ticket.owner_id), run: () => open("resolve"), shortcut: "s", shortcutLabel: "resolve" },
    { key: "resume", label: t("verbs.resume"), permission: may("resume"), enabled: waiting, run: say("resume") },
    { key: "close", label: t("verbs.close"), permission: may("close"), enabled: state === "RESOLVED", run: say("close") },
    { key: "reopen", label: t("verbs.reopen"), permission: may("reopen"), enabled: ["RESOLVED", "CLOSED"].includes(state), run: () => open("reopen") },
    { key: "assign", label: t("verbs.assign"), permission: may("assign"), enabled: unsolved, run: () => open("assign"), shortcut: "a", shortcutLabel: "assign" },
    { key: "rate", label: t("verbs.rate"), permission: "service_desk.survey_answer.create", enabled: !rated && ["RESOLVED", "CLOSED"].includes(state), run: () => open("rate"), rare: true },
    { key: "survey_link", label: t("verbs.survey_link"), permission: "service_desk.survey_answer.create", enabled: ["RESOLVED", "CLOSED"].includes(state), run: copyLink, rare: true },
    { key: "wait", label: t("verbs.wait"), permission: may("pend"), enabled: unsolved && !waiting, run: wait, rare: true },
    { key: "third_party", label: t("verbs.third_party"), permission: may("pend"), enabled: unsolved && !waiting, run: () => open("third_party"), rare: true },
    { key: "hold", label: t("verbs.hold"), permission: may("pend"), enabled: unsolved && !waiting, run: () => open("hold"), rare: true },
    ...sharing.verbs,
    { key: "cancel", label: t("verbs.cancel"), permission: may("cancel"), enabled: unsolved, run: () => open("cancel"), danger: true },
  ];
  const submit = async (name: Exclude<Asked, "" | "rate">, values: object) => {
    const form = FORMS[name];
    const done = await act(form.verb, { ...form.body, ...values });
    const text = t(`done.${name}`, { number });
    if (name === "resolve") toast.undo(text, () => act("reopen", { reason: t("undo_resolve") }, done.etag));
    else if (form.verb === "pend") toast.undo(text, () => act("resume", {}, done.etag));
    else toast.done(text);
  };
  const rate = async (values: Record<string, unknown>) => {
    await call("POST", "/v1/survey-answers", { body: { channel: "phone", ...values, ticket_id: id } });
    await client.invalidateQueries({ queryKey: ["service_desk.SurveyAnswer", id] });
    toast.done(t("done.rated", { number }));
  };
  const close = () => open("");
  const dialog = (): ReactNode => {
    if (asked === "") return sharing.dialog;
    if (asked === "rate") return <VerbDialog title={t("verbs.rate")} operation="service_desk.SurveyAnswer" namespace="tickets" fields={["score", "comment"]} initial={{ score: 5 }} onSubmit={rate} onClose={close} />;
    const { operation, fields, ...form } = FORMS[asked];
    const required = asked === "resolve" && ticket.kind === "COMPLAINT" ? ["root_cause"] : form.required;
    return <VerbDialog key={asked} title={t(`verbs.${asked}`)} namespace="tickets" operation={operation} fields={fields} required={required} initial={asked === "resolve" ? { resolution_code: "answered" } : undefined} draft={asked === "resolve" ? `resolve.${id}` : undefined} onSubmit={(values) => submit(asked, values)} onClose={close} />;
  };
  return { verbs, dialog: dialog() };
}
