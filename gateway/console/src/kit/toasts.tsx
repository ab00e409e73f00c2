/**
 * Messages at the bottom left. `toast.undo(text, undo)` offers to take back what was done for 8 seconds (hovering or
 * focusing keeps it) and Z takes back the latest; `toast.done(text)` just says so; `toast.refused(error)` tells why something was not done.
 */
import { CloseOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useEffect, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import i18next from "i18next";
import { isApiError } from "@api/errors";
import { useShortcut } from "@app/shortcuts";
import "./toasts.css";

interface Toast {
  id: number;
  text: string;
  detail?: string;
  tone: "done" | "refused";
  undo?: () => void | Promise<unknown>;
}

const UNDO_MS = 8000;
let shown: Toast[] = [];
let last = 0;
const listeners = new Set<() => void>();

function show(entry: Omit<Toast, "id">): void {
  shown = [...shown.slice(-2), { ...entry, id: ++last }];
  listeners.forEach((listener) => listener());
}

function dismiss(id: number): void {
  shown = shown.filter((each) => each.id !== id);
  listeners.forEach((listener) => listener());
}

async function takeBack(each: Toast): Promise<void> {
  dismiss(each.id);
  try {
    await each.undo?.();
    toast.done(i18next.t("kit:undone"));
  } catch (refusal) {
    toast.refused(refusal);
  }
}

export const toast = {
  done: (text: string) => show({ text, tone: "done" }),
  undo: (text: string, undo: () => void | Promise<unknown>) => show({ text, tone: "done", undo }),
  refused(error: unknown): void {
    const kind = isApiError(error) ? error.kind : "broken";
    const said = isApiError(error) && error.status > 0 ? error.message : "";
    show({ text: said || i18next.t(`kit:error.${kind}_text`), detail: isApiError(error) ? error.requestId : "", tone: "refused" });
  },
};

export function Toasts() {
  const { t } = useTranslation("kit");
  const list = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => shown,
  );
  const latest = list.findLast((each) => each.undo);
  useShortcut("z", () => latest && void takeBack(latest), "undo", Boolean(latest));
  return (
    <section className="crm-toasts" aria-label={t("toasts")} aria-live="polite">
      {list.map((each) => (
        <ToastLine key={each.id} toast={each} />
      ))}
    </section>
  );
}

function ToastLine({ toast: each }: { toast: Toast }) {
  const { t } = useTranslation("kit");
  const [held, hold] = useState(false);
  useEffect(() => {
    if (held) return undefined;
    const timer = setTimeout(() => dismiss(each.id), each.tone === "refused" ? UNDO_MS * 1.5 : each.undo ? UNDO_MS : 4000);
    return () => clearTimeout(timer);
  }, [held, each]);
  return (
    <div className={`crm-toast crm-toast-${each.tone}`} role={each.tone === "refused" ? "alert" : undefined} onMouseEnter={() => hold(true)} onMouseLeave={() => hold(false)} onFocus={() => hold(true)} onBlur={() => hold(false)}>
      <div>
        {each.text}
        {each.detail ? <small>{t("error.request", { id: each.detail })}</small> : null}
      </div>
      {each.undo ? (
        <Button type="link" size="small" onClick={() => void takeBack(each)}>
          {t("undo")}
        </Button>
      ) : null}
      <Button type="text" size="small" icon={<CloseOutlined />} aria-label={t("dismiss")} onClick={() => dismiss(each.id)} />
    </div>
  );
}
