/** The knowledge base as its readers find it: what is in force and meant for them. */
import { Button } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { knowledgeVersions } from "@api/resources";
import { useAccess } from "@app/access";
import { usePrefs } from "@app/prefs";
import type { Column } from "@kit/list/columns";
import { RecordList } from "@kit/list/RecordList";
import type { View } from "@kit/list/state";
import { Empty } from "@kit/states";
import { asked, titled } from "./languages";

export default function KnowledgePage() {
  const { t } = useTranslation("knowledge");
  const { can } = useAccess();
  const { language } = usePrefs();
  const views = useMemo<View[]>(
    () => [
      { id: "all", name: t("views.all"), filter: "", order_by: "create_time desc" },
      { id: "customers", name: t("views.customers"), filter: "audience = (PUBLIC OR CUSTOMER)", order_by: "create_time desc" },
    ],
    [t],
  );
  const columns = useMemo<Column[]>(
    () => [
      { field: `title_${asked(language)}`, width: 340, primary: true, render: (version) => titled(version, asked(language)) },
      { field: "category", width: 140 },
      { field: "audience", width: 120 },
      { field: "tags", width: 180, sort: false },
      { field: "create_time", width: 140 },
      { field: "number", width: 150 },
    ],
    [language],
  );
  const keep = can("service_desk.knowledge_article.list") ? <Link to="/app/service/knowledge/articles"><Button tabIndex={-1}>{t("keep")}</Button></Link> : null;
  return <RecordList resource={knowledgeVersions} namespace="knowledge" title={t("title")} views={views} columns={columns} actions={keep} empty={<Empty title={t("empty.title")} text={t("empty.text")} action={keep} />} />;
}
