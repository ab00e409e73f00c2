/** One article as its readers see it, in either of its languages. */
import { Segmented } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { Row } from "@api/records";
import { knowledgeArticles, knowledgeVersions } from "@api/resources";
import { useAccess } from "@app/access";
import { usePrefs } from "@app/prefs";
import { visited } from "@app/recent";
import { Loaded } from "@kit/catalogue/Loaded";
import { Facts } from "@kit/record/Facts";
import { RecordPage } from "@kit/record/RecordPage";
import { Verbs } from "@kit/record/Verbs";
import { asked, type Language, LANGUAGES, says, spoken, titled } from "./languages";
import { Markdown } from "./Markdown";

const FACTS = ["audience", "category", "product_id", "tags", "edition", "create_time"];

export default function VersionPage() {
  return <Loaded resource={knowledgeVersions} Body={Version} />;
}

function Version({ record }: { record: Row }) {
  const { t } = useTranslation("knowledge");
  const { id: own } = useAccess();
  const { language } = usePrefs();
  const navigate = useNavigate();
  const [wanted, want] = useState<Language>(asked(language));
  const shown = spoken(record, wanted);
  useEffect(() => visited(own, knowledgeVersions, record), [own, record]);
  return (
    <RecordPage
      back="/app/service/knowledge"
      title={titled(record, shown)}
      above={record.number}
      verbs={<Verbs verbs={[{ key: "keep", label: t("keep_this"), permission: "service_desk.knowledge_article.get", enabled: true, run: () => navigate(knowledgeArticles.page(String(record.knowledge_article_id))) }]} />}
      facts={<Facts resource={knowledgeVersions} namespace="knowledge" record={record} editable={false} groups={[{ title: t("about"), fields: FACTS }]} />}
      timeline={
        <>
          <div className="crm-panel-head"><h2>{t("text")}</h2>{LANGUAGES.every((each) => says(record, each)) ? <Segmented size="small" aria-label={t("language")} value={shown} onChange={want} options={LANGUAGES.map((value) => ({ value, label: t(`languages.${value}`) }))} /> : null}</div>
          <Markdown text={String(record[`body_${shown}`] ?? "")} lang={shown} />
        </>
      }
    />
  );
}
