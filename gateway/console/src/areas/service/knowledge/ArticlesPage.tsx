/** The knowledge base as its authors keep it: drafts, what waits for a check, what is overdue. */
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { knowledgeArticles } from "@api/resources";
import { useAccess } from "@app/access";
import { usePrefs } from "@app/prefs";
import { CatalogueList } from "@kit/catalogue/CatalogueList";
import type { CatalogueForm } from "@kit/catalogue/form";
import type { Column } from "@kit/list/columns";
import type { View } from "@kit/list/state";
import { ArticleState } from "./ArticleState";
import { asked, titled } from "./languages";

const NEW: CatalogueForm = { fields: ["title_zh", "title_en", "audience", "category", "product_id", "tags", "custom_fields"] };

export default function ArticlesPage() {
  const { t } = useTranslation("knowledge_articles");
  const { id: own } = useAccess();
  const { language } = usePrefs();
  const views = useMemo<View[]>(
    () => [
      { id: "all", name: t("views.all"), filter: "", order_by: "create_time desc" },
      { id: "mine", name: t("views.mine"), filter: `owner_id = "${own}" AND state != ARCHIVED`, order_by: "update_time desc" },
      { id: "review", name: t("views.review"), filter: "state = IN_REVIEW", order_by: "update_time" },
      { id: "stale", name: t("views.stale"), filter: "state = STALE", order_by: "review_time" },
      { id: "archived", name: t("views.archived"), filter: "state = ARCHIVED", order_by: "update_time desc" },
    ],
    [t, own],
  );
  const columns = useMemo<Column[]>(
    () => [
      { field: `title_${asked(language)}`, width: 320, primary: true, render: (article) => titled(article, asked(language)) },
      { field: "state", width: 110, render: (article) => <ArticleState article={article} /> },
      { field: "audience", width: 120, edit: true },
      { field: "category", width: 130, edit: true },
      { field: "used_count", width: 90, sort: false },
      { field: "solved_count", width: 90, sort: false },
      { field: "review_time", width: 140 },
      { field: "owner_id", width: 130 },
      { field: "number", width: 150 },
    ],
    [language],
  );
  return <CatalogueList resource={knowledgeArticles} namespace="knowledge_articles" views={views} columns={columns} form={NEW} />;
}
