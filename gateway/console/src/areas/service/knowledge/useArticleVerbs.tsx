/** What can be done with an article in its present state; returns the verbs and the dialog one of them opened. */
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Row, useVerb } from "@api/records";
import { knowledgeArticles } from "@api/resources";
import { useSharing } from "@kit/record/useSharing";
import { VerbDialog } from "@kit/record/VerbDialog";
import type { Verb } from "@kit/record/Verbs";
import { toast } from "@kit/toasts";

type Asked = "publish" | "return" | "confirm" | "archive" | "";

const FORMS: Record<Exclude<Asked, "">, { operation: string; fields: string[] }> = {
  publish: { operation: "service_desk_PublishKnowledgeArticle", fields: ["publish_time"] },
  return: { operation: "service_desk_ReturnKnowledgeArticle", fields: ["reason"] },
  confirm: { operation: "service_desk_ConfirmKnowledgeArticle", fields: ["review_time"] },
  archive: { operation: "service_desk_ArchiveKnowledgeArticle", fields: [] },
};

export function useArticleVerbs(article: Row): { verbs: Verb[]; dialog: ReactNode } {
  const { t } = useTranslation("knowledge_articles");
  const verb = useVerb(knowledgeArticles);
  const sharing = useSharing(knowledgeArticles, article);
  const [asked, ask] = useState<Asked>("");
  const { id, state, number } = article;
  const act = (name: string, body: object = {}, etag = article.etag) => verb.mutateAsync({ id, verb: name, body, etag });
  const may = (name: string) => `service_desk.knowledge_article.${name}`;
  const submit = async () => {
    const moved = await act("submit");
    toast.undo(t("done.submit", { number }), () => act("return", { reason: t("undone") }, moved.etag));
  };
  const restore = async () => {
    const moved = await act("restore");
    toast.undo(t("done.restore", { number }), () => act("archive", {}, moved.etag));
  };
  const live = ["PUBLISHED", "STALE"].includes(state);
  const verbs: Verb[] = [
    { key: "submit", label: t("verbs.submit"), permission: may("submit"), enabled: state === "DRAFT", run: submit, shortcut: "s", shortcutLabel: "submit" },
    { key: "publish", label: t("verbs.publish"), permission: may("publish"), enabled: state === "IN_REVIEW", run: () => ask("publish"), shortcut: "p", shortcutLabel: "publish" },
    { key: "return", label: t("verbs.return"), permission: may("return"), enabled: state === "IN_REVIEW", run: () => ask("return") },
    { key: "confirm", label: t("verbs.confirm"), permission: may("confirm"), enabled: live, run: () => ask("confirm") },
    { key: "restore", label: t("verbs.restore"), permission: may("restore"), enabled: state === "ARCHIVED", run: restore },
    ...sharing.verbs,
    { key: "archive", label: t("verbs.archive"), permission: may("archive"), enabled: state !== "ARCHIVED", run: () => ask("archive"), danger: true },
  ];
  const finish = async (name: Exclude<Asked, "">, values: Record<string, unknown>) => {
    await act(name, values);
    toast.done(t(name === "publish" && values.publish_time ? "done.scheduled" : `done.${name}`, { number }));
  };
  const dialog = asked === "" ? sharing.dialog : <VerbDialog key={asked} title={t(`verbs.${asked}`)} namespace="knowledge_articles" operation={FORMS[asked].operation} fields={FORMS[asked].fields} intro={<p>{t(`ask.${asked}`)}</p>} onSubmit={(values) => finish(asked, values)} onClose={() => ask("")} />;
  return { verbs, dialog };
}
