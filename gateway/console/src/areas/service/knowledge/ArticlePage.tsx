/** One article as its authors keep it: its text in both languages, its life, what came of it. */
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { knowledgeArticles } from "@api/resources";
import { useAccess } from "@app/access";
import { usePrefs } from "@app/prefs";
import { visited } from "@app/recent";
import { Loaded } from "@kit/catalogue/Loaded";
import { useGuardedChange } from "@kit/conflict";
import { Facts } from "@kit/record/Facts";
import { RecordPage } from "@kit/record/RecordPage";
import { Verbs } from "@kit/record/Verbs";
import { toast } from "@kit/toasts";
import { DateTime, PersonName } from "@kit/values";
import { ArticleState } from "./ArticleState";
import { asked, titled } from "./languages";
import { useArticleVerbs } from "./useArticleVerbs";
import { Versions } from "./Versions";
import { Writing } from "./Writing";

export default function ArticlePage() {
  return <Loaded resource={knowledgeArticles} Body={Article} />;
}

function Article({ record }: { record: Row }) {
  const { t } = useTranslation(["knowledge_articles", "knowledge"]);
  const { id: own, can } = useAccess();
  const { language } = usePrefs();
  const change = useGuardedChange(knowledgeArticles, "knowledge_articles");
  const { verbs, dialog } = useArticleVerbs(record);
  const open = record.state !== "ARCHIVED";
  useEffect(() => visited(own, knowledgeArticles, record), [own, record]);
  const save = async (changes: Partial<Row>) => {
    try {
      const saved = await change(record, changes);
      if (saved) toast.done(t("done.saved"));
      return Boolean(saved);
    } catch (refusal) {
      toast.refused(refusal);
      return false;
    }
  };
  return (
    <>
      <RecordPage
        back="/app/service/knowledge/articles"
        title={titled(record, asked(language))}
        above={record.number}
        state={<ArticleState article={record} />}
        verbs={<Verbs verbs={verbs} />}
        highlights={[
          { label: t("fields.published_version"), value: record.published_version ? t("edition", { edition: record.published_version }) : t("not_in_force") },
          { label: t("fields.used_count"), value: Number(record.used_count ?? 0) },
          { label: t("fields.solved_count"), value: Number(record.solved_count ?? 0) },
          { label: t("fields.review_time"), value: <DateTime value={record.review_time} /> },
          { label: t("fields.owner_id"), value: <PersonName id={record.owner_id} /> },
        ]}
        body={<Writing article={record} editable={open && can("service_desk.knowledge_article.update")} onSave={save} />}
        facts={
          <Facts resource={knowledgeArticles} namespace="knowledge_articles" record={record} editable={open} groups={[
            { title: t("groups.about"), fields: ["audience", "category", "product_id", "tags", "custom_fields"] },
            { title: t("groups.times"), fields: ["publish_time", "scheduled_publish_time", "review_time", "expire_time", "create_time", "update_time"] },
          ]} />
        }
        timeline={<Versions article={record} />}
      />
      {dialog}
    </>
  );
}
