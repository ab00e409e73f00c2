/**
 * Both languages are source languages. A file `src/locales/<language>/<name>.json` is the namespace `<name>`; the core
 * ones are loaded at start, an area's own with its first page: `const { t } = useTranslation("leads")`.
 */
import i18next, { type BackendModule } from "i18next";
import { initReactI18next } from "react-i18next";
import { speak } from "@api/transport";
import { currentPrefs, onPrefs } from "./prefs";

const files = import.meta.glob<Record<string, unknown>>("../locales/*/*.json", { import: "default" });
export const CORE = ["app", "kit", "nav"];

const backend: BackendModule = {
  type: "backend",
  init: () => undefined,
  read: (language, namespace, done) => {
    const file = files[`../locales/${language}/${namespace}.json`];
    if (!file) return done(new Error(`no ${namespace} in ${language}`), null);
    file().then(
      (texts) => done(null, texts),
      (failure: Error) => done(failure, null),
    );
  },
};

export async function startLanguage(): Promise<void> {
  speak(currentPrefs().language);
  document.documentElement.lang = currentPrefs().language;
  await i18next
    .use(backend)
    .use(initReactI18next)
    .init<object>({
      lng: currentPrefs().language,
      fallbackLng: false,
      supportedLngs: ["zh-CN", "en"],
      ns: CORE,
      defaultNS: "app",
      interpolation: { escapeValue: false },
      returnNull: false,
    });
  onPrefs(() => {
    const { language } = currentPrefs();
    if (language === i18next.language) return;
    speak(language);
    document.documentElement.lang = language;
    void i18next.changeLanguage(language);
  });
}
