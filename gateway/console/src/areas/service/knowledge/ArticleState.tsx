/** The state of an article with its tone. */
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { StateTag, type Tone } from "@kit/values";

const TONES: Record<string, Tone> = { DRAFT: "idle", IN_REVIEW: "new", PUBLISHED: "active", STALE: "warn", ARCHIVED: "done" };

export function ArticleState({ article }: { article: Row }) {
  const { t } = useTranslation("knowledge_articles");
  return <StateTag tone={TONES[article.state] ?? "idle"}>{t(`values.state.${article.state}`)}</StateTag>;
}
