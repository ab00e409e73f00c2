/** Title and text of an article in one language, beside what becomes of it; Ctrl+Enter saves. */
import { Button, Input, Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Row } from "@api/records";
import { usePrefs } from "@app/prefs";
import { useHeld } from "@kit/held";
import { asked, type Language, LANGUAGES } from "./languages";
import { Markdown } from "./Markdown";

interface Props {
  article: Row;
  editable: boolean;
  onSave: (changes: Partial<Row>) => Promise<boolean>;
}

const TEXTS = LANGUAGES.flatMap((language) => [`title_${language}`, `body_${language}`]);

export function Writing({ article, editable, onSave }: Props) {
  const { t } = useTranslation("knowledge_articles");
  const { language } = usePrefs();
  const [shown, show] = useState<Language>(asked(language));
  const [typed, type] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);
  const text = (name: string) => typed[name] ?? String(article[name] ?? "");
  const changed = TEXTS.filter((name) => text(name) !== String(article[name] ?? ""));
  useHeld(changed.length > 0);
  const title = `title_${shown}`;
  const body = `body_${shown}`;
  const set = (name: string) => (event: { target: { value: string } }) => type({ ...typed, [name]: event.target.value });
  const save = async () => {
    if (changed.length === 0 || busy) return;
    setBusy(true);
    if (await onSave(Object.fromEntries(changed.map((name) => [name, text(name)])))) type({});
    setBusy(false);
  };
  return (
    // Ctrl+Enter saves from within either input; the form itself takes no focus.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <form className="crm-panel knowledge-write" aria-label={t("write")} onSubmit={(event) => { event.preventDefault(); void save(); }} onKeyDown={(event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); void save(); } }}>
      <div className="crm-panel-head">
        <Segmented aria-label={t("knowledge:language")} value={shown} onChange={show} options={LANGUAGES.map((value) => ({ value, label: t(`knowledge:languages.${value}`) }))} />
        {editable ? <Button type="primary" htmlType="submit" loading={busy} disabled={changed.length === 0}>{t("kit:save")}</Button> : null}
      </div>
      <div className="knowledge-halves">
        <div>
          <label htmlFor="knowledge-title">{t(`fields.${title}`)}</label>
          <Input id="knowledge-title" maxLength={200} readOnly={!editable} value={text(title)} onChange={set(title)} />
          <label htmlFor="knowledge-body">{t(`fields.${body}`)}</label>
          <Input.TextArea id="knowledge-body" readOnly={!editable} placeholder={t("markdown")} value={text(body)} onChange={set(body)} />
        </div>
        <div>
          <h2>{t("preview")}</h2>
          <div className="knowledge-preview"><Markdown text={text(body)} lang={shown} /></div>
        </div>
      </div>
    </form>
  );
}
