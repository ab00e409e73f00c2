/** What an article says, drawn from its Markdown: `<Markdown text={article.body_zh} lang="zh" />`. */
import { createElement } from "react";
import type { Language } from "./languages";
import { type Block, blocks, type Inline } from "./markdown";
import "./knowledge.css";

export function Markdown({ text, lang }: { text: string; lang: Language }) {
  return <div className="knowledge-text" lang={lang === "zh" ? "zh-CN" : "en"}>{blocks(text).map((block, at) => <Drawn key={at} block={block} />)}</div>;
}

function Drawn({ block }: { block: Block }) {
  switch (block.kind) {
    case "heading":
      // Whatever its author left out, no level is missing below the headings of the page.
      return <h3 data-level={block.level}><Words parts={block.inline} /></h3>;
    case "list":
      return createElement(block.ordered ? "ol" : "ul", null, block.items.map((item, at) => <li key={at}><Words parts={item} /></li>));
    case "code":
      return <pre>{block.text}</pre>;
    case "quote":
      return <blockquote><Words parts={block.inline} /></blockquote>;
    default:
      return <p><Words parts={block.inline} /></p>;
  }
}

function Words({ parts }: { parts: Inline[] }) {
  return parts.map((part, at) => {
    if (typeof part === "string") return part;
    if (part.kind === "link") return <a key={at} href={part.to} target="_blank" rel="noopener noreferrer">{part.text}</a>;
    return createElement(part.kind, { key: at }, part.text);
  });
}
