/** All that an article ever said in force, latest first; a version opens where it stands. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Button, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { knowledgeArticles } from "@api/resources";
import { call } from "@api/transport";
import { usePrefs } from "@app/prefs";
import { Failed, Loading } from "@kit/states";
import { DateTime, PersonName, StateTag } from "@kit/values";
import { asked, spoken, titled } from "./languages";
import { Markdown } from "./Markdown";

interface Page {
  knowledge_versions?: Row[];
  next_page_token?: string;
}

export function Versions({ article }: { article: Row }) {
  const { t } = useTranslation("knowledge_articles");
  const { language } = usePrefs();
  const [opened, open] = useState<Row>();
  const found = useInfiniteQuery({
    queryKey: [knowledgeArticles.schema, "versions", article.id],
    queryFn: ({ pageParam, signal }) => call<Page>("GET", `${knowledgeArticles.path}/${article.id}/versions`, { query: { page_size: 20, page_token: pageParam }, signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_page_token || undefined,
  });
  const rows = found.data?.pages.flatMap((page) => page.knowledge_versions ?? []) ?? [];
  const shown = opened ? spoken(opened, asked(language)) : "zh";
  return (
    <>
      <div className="crm-panel-head"><h2>{t("history")}</h2></div>
      {found.isPending ? <Loading rows={2} /> : found.isError ? <Failed error={found.error} retry={() => void found.refetch()} /> : rows.length === 0 ? <p className="crm-muted">{t("never_published")}</p> : (
        <ul className="crm-lines">
          {rows.map((version) => (
            <li key={version.id}>
              <div>
                <Button type="link" size="small" onClick={() => open(version)}>{t("edition", { edition: version.edition })}</Button>
                {version.publisher_id ? <small><PersonName id={version.publisher_id} /></small> : null}
              </div>
              <span>{version.in_force ? <StateTag tone="active">{t("in_force")}</StateTag> : null}<DateTime value={version.create_time} /></span>
            </li>
          ))}
        </ul>
      )}
      {found.hasNextPage ? <Button type="text" block loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{t("kit:table.more")}</Button> : null}
      {opened ? <Modal open footer={null} width={760} title={t("edition_of", { edition: opened.edition, title: titled(opened, shown) })} onCancel={() => open(undefined)}><Markdown text={String(opened[`body_${shown}`] ?? "")} lang={shown} /></Modal> : null}
    </>
  );
}
