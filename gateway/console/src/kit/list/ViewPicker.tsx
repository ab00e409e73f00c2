/** Views as tabs: built-in ones first, then the person's own; the present filter can be saved as a new one. */
import { MoreOutlined } from "@ant-design/icons";
import { Button, Dropdown } from "antd";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "../toasts";
import type { ListState } from "./state";

const ViewName = lazy(() => import("./ViewName"));

export function ViewPicker({ state, columns }: { state: ListState; columns?: string[] }) {
  const { t } = useTranslation("kit");
  const [naming, setNaming] = useState(false);
  const { view, views, changed } = state;
  const save = (title: string) => {
    state.saveView(title, columns);
    setNaming(false);
    toast.done(t("views.saved", { name: title }));
  };
  const remove = () => {
    state.removeView(view.id);
    toast.done(t("views.deleted", { name: view.name }));
  };
  const items = [
    { key: "save", label: t("views.save"), onClick: () => setNaming(true) },
    ...(view.own ? [{ key: "update", label: t("views.update"), disabled: !changed, onClick: () => save(view.name) }, { key: "delete", label: t("views.delete"), danger: true, onClick: remove }] : []),
    ...(changed ? [{ key: "reset", label: t("views.reset"), onClick: () => state.set({ view: view.id }) }] : []),
  ];
  return (
    <div className="crm-views">
      <nav aria-label={t("views.label")}>
        {views.map((each) => (
          <button key={each.id} type="button" aria-current={each.id === view.id ? "true" : undefined} onClick={() => state.set({ view: each.id })}>
            {each.name}
            {each.id === view.id && changed ? <span className="crm-view-changed" title={t("views.changed")}><span className="crm-hidden">{t("views.changed")}</span></span> : null}
          </button>
        ))}
      </nav>
      <Dropdown menu={{ items }} trigger={["click"]}>
        <Button type="text" size="small" icon={<MoreOutlined />} aria-label={t("views.menu")} />
      </Dropdown>
      <Suspense fallback={null}>{naming ? <ViewName onSave={save} onClose={() => setNaming(false)} /> : null}</Suspense>
    </div>
  );
}
