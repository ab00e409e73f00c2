/** The head of a page: its one h1, a word beside it, its actions. Also sets the title of the browser's tab. */
import { type ReactNode, useEffect } from "react";
import { useTranslation } from "react-i18next";

interface Props {
  title: string;
  aside?: ReactNode;
  actions?: ReactNode;
  above?: ReactNode;
}

export function PageHeader({ title, aside, actions, above }: Props) {
  const { t } = useTranslation();
  useEffect(() => {
    if (title) document.title = t("route.title", { page: title });
  }, [title, t]);
  return (
    <header className="crm-page-header">
      <div className="crm-page-title">
        {above}
        <h1 tabIndex={-1}>{title}</h1>
        {aside}
      </div>
      {actions ? <div className="crm-page-actions">{actions}</div> : null}
    </header>
  );
}
