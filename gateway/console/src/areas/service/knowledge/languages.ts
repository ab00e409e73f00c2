/** The two languages an article is written in, and which of them to show. */
import type { Row } from "@api/records";

export const LANGUAGES = ["zh", "en"] as const;
export type Language = (typeof LANGUAGES)[number];

const HAN = /\p{Script=Han}/u;

/** The language of a text, as far as an article can be written in it. */
export const languageOf = (text: string): Language => (HAN.test(text) ? "zh" : "en");

export const asked = (language: string): Language => (language === "en" ? "en" : "zh");

/** Whether an article says something in a language. */
export const says = (article: Row, language: Language): boolean => Boolean(article[`body_${language}`] || article[`title_${language}`]);

/** The wanted language, or the other one where the article lacks it. */
export const spoken = (article: Row, wanted: Language): Language => (says(article, wanted) ? wanted : (LANGUAGES.find((each) => says(article, each)) ?? wanted));

export const titled = (article: Row, wanted: Language): string => String(article[`title_${spoken(article, wanted)}`] || article.number || "");
