/** How single values look everywhere: `<Amount value={money} />`, `<DateTime value={iso} />`, `<PersonName id={owner_id} />`, `<StateTag tone="good">…</StateTag>`. */
import { Tooltip } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useAccess } from "@app/access";
import { usePrefs } from "@app/prefs";
import { users } from "@api/resources";
import { day, exact, moment, money, relative } from "./format";
import { useName } from "./names";
import "./values.css";

export interface Money {
  amount?: string;
  currency?: string;
}

export const Nothing = () => <span className="crm-nothing" aria-hidden="true">{"—"}</span>;

/** Money, right-aligned figures; `short` writes 123.5万 or 1.2M with the exact amount on hover. */
export function Amount({ value, short = false }: { value?: Money | null; short?: boolean }) {
  const { language } = usePrefs();
  if (!value?.amount) return <Nothing />;
  const whole = money(language, value.amount, value.currency ?? "");
  const shown = short ? money(language, value.amount, value.currency ?? "", true) : whole;
  return (
    <span className="crm-number" title={shown === whole ? undefined : whole}>
      {shown}
    </span>
  );
}

/** A moment; `mode="relative"` says "3 days ago". The exact moment is in the title. */
export function DateTime({ value, mode = "short", overdue = false }: { value?: string | null; mode?: "short" | "relative" | "exact"; overdue?: boolean }) {
  const { language, time_zone } = usePrefs();
  if (!value) return <Nothing />;
  const zone = time_zone || undefined;
  const full = exact(language, value, zone);
  const shown = mode === "exact" ? full : mode === "relative" ? relative(language, value) : moment(language, value, new Date(), zone);
  return (
    <time dateTime={value} title={full} className={overdue && new Date(value) < new Date() ? "crm-overdue" : "crm-number"}>
      {shown}
    </time>
  );
}

/** A day without a time, `2026-11-23`. */
export function Day({ value, overdue = false }: { value?: string | null; overdue?: boolean }) {
  const { language } = usePrefs();
  if (!value) return <Nothing />;
  const late = overdue && value < new Date().toLocaleDateString("en-CA");
  return <time dateTime={value} className={late ? "crm-overdue" : "crm-number"}>{day(language, value)}</time>;
}

/** A person by user id, with initials; the reader's own name where it is the reader. */
export function PersonName({ id, compact = false }: { id?: string; compact?: boolean }) {
  const { me, id: own } = useAccess();
  const { t } = useTranslation("kit");
  const asked = useName(users, id === own ? undefined : id);
  if (!id) return <Nothing />;
  // Whoever may not read users still sees that it was somebody else.
  const name = id === own ? (me.user?.display_name ?? "") : asked.startsWith("…") ? t("colleague") : asked;
  return (
    <span className="crm-person">
      <span className="crm-initials" aria-hidden="true" data-tint={tint(id)}>
        {initials(name)}
      </span>
      {compact ? <span className="crm-hidden">{name}</span> : <span className="crm-person-name">{name || "…"}</span>}
    </span>
  );
}

export function initials(name: string): string {
  const bare = name.trim();
  if (/^\p{Script=Han}/u.test(bare)) return bare.slice(0, 1);
  return bare.split(/\s+/).slice(0, 2).map((word) => word.charAt(0).toUpperCase()).join("");
}

const tint = (id: string): number => [...id].reduce((sum, sign) => sum + sign.charCodeAt(0), 0) % 6;

export type Tone = "idle" | "new" | "active" | "good" | "warn" | "bad" | "done";

/** A state as dot and text: readable without colour. */
export function StateTag({ tone, children, hint }: { tone: Tone; children: ReactNode; hint?: string }) {
  const tag = (
    <span className="crm-state" data-tone={tone}>
      {children}
    </span>
  );
  return hint ? <Tooltip title={hint}>{tag}</Tooltip> : tag;
}

export function Flag({ value }: { value: boolean }) {
  const { t } = useTranslation("kit");
  return <>{value ? t("yes") : t("no")}</>;
}
