/** Forms on the web as a resource, and where strangers find them. */
import type { Resource, Row } from "@api/records";

export const webForms: Resource = { schema: "leads.WebForm", path: "/v1/web-forms", items: "web_forms", permission: "leads.web_form", page: (id) => `/app/marketing/forms/${id}`, title: (form: Row) => String(form.name || ""), textIn: ["name"] };

export const addressOf = (form: Row): string => `${window.location.origin}/forms/${form.key}`;
export const previewOf = (form: Row): string => `/forms/preview/${form.id}`;

/** What to paste into a website; `name` is read out by screen readers. */
export function embedding(form: Row): string {
  const name = String(form.title_zh || form.title_en || form.name).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  return `<iframe src="${addressOf(form)}" title="${name}" style="width:100%;height:720px;border:0"></iframe>`;
}

/** What a new form asks and has agreed to, in both languages whoever makes it: its maker changes it on its page. */
export const FIRST = {
  fields: [{ field: "name", required: true }, { field: "company" }, { field: "phone", required: true }, { field: "email" }, { field: "need" }],
  consent_zh: "我同意贵公司为答复本次咨询处理以上个人信息，并可随时撤回同意。",
  consent_en: "I agree that you use these data to answer my request. I may take this back at any time.",
};
