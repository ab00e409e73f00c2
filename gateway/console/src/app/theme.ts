/** Design tokens: one calm palette in light, dark and high contrast, every pair of text and ground at least 4.5 : 1. */
import { theme as antd, type ThemeConfig } from "antd";
import { useSyncExternalStore } from "react";
import { type Prefs, usePrefs } from "./prefs";

export type Look = "light" | "dark" | "contrast";

const FONT =
  'Inter, "Segoe UI Variable Text", "Segoe UI", -apple-system, BlinkMacSystemFont, "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei UI", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif';

const LIGHT = {
  colorPrimary: "#0b6b74",
  colorInfo: "#0b6b74",
  colorLink: "#0a626a",
  colorSuccess: "#217a3c",
  colorWarning: "#9a5b00",
  colorError: "#b3261e",
  colorText: "#1b2227",
  colorTextSecondary: "#4c5963",
  colorTextTertiary: "#5d6b76",
  colorTextQuaternary: "#6a7680",
  colorTextPlaceholder: "#66727c",
  colorTextDescription: "#566470",
  colorBgLayout: "#f4f6f7",
  colorBgContainer: "#ffffff",
  colorBgElevated: "#ffffff",
  colorBorder: "#cfd6db",
  colorBorderSecondary: "#e5e9ec",
  colorFillSecondary: "#e9edef",
  colorFillTertiary: "#f1f4f5",
};
const DARK = {
  colorPrimary: "#35a3ad",
  colorInfo: "#35a3ad",
  colorLink: "#62c3cb",
  colorSuccess: "#5fbf7d",
  colorWarning: "#e0a84a",
  colorError: "#f0857d",
  colorText: "#e6eaed",
  colorTextSecondary: "#b3bec6",
  colorTextTertiary: "#9dabb5",
  colorTextQuaternary: "#93a1ab",
  colorTextPlaceholder: "#8e9ca6",
  colorTextDescription: "#a3b0b9",
  colorBgLayout: "#12171a",
  colorBgContainer: "#1a2024",
  colorBgElevated: "#222a2f",
  colorBorder: "#3b464d",
  colorBorderSecondary: "#2a3338",
  colorFillSecondary: "#2a3338",
  colorFillTertiary: "#222a2f",
};
const CONTRAST = {
  ...LIGHT,
  colorPrimary: "#00474e",
  colorInfo: "#00474e",
  colorLink: "#003a40",
  colorSuccess: "#0d4d21",
  colorWarning: "#5c3500",
  colorError: "#7d0f09",
  colorText: "#000000",
  colorTextSecondary: "#1a1a1a",
  colorTextTertiary: "#262626",
  colorTextQuaternary: "#333333",
  colorTextPlaceholder: "#404040",
  colorTextDescription: "#262626",
  colorBgLayout: "#ffffff",
  colorBorder: "#000000",
  colorBorderSecondary: "#595959",
};

export function tokens(look: Look, prefs: Pick<Prefs, "font_scale" | "density">): ThemeConfig {
  const size = Math.round((14 * prefs.font_scale) / 100);
  const compact = prefs.density === "compact";
  const base = { light: LIGHT, dark: DARK, contrast: CONTRAST }[look];
  return {
    zeroRuntime: true,
    hashed: false,
    cssVar: { key: "crm", prefix: "ant" },
    algorithm: look === "dark" ? antd.darkAlgorithm : antd.defaultAlgorithm,
    token: {
      ...base,
      fontFamily: FONT,
      fontSize: size,
      borderRadius: 6,
      controlHeight: Math.round(size * (compact ? 2.15 : 2.45)),
      wireframe: false,
      lineWidthFocus: 2,
      controlOutlineWidth: 2,
      motionUnit: 0.06,
      // What ends at once must not be waited for.
      motion: !matchMedia("(prefers-reduced-motion: reduce)").matches,
      boxShadow: "0 4px 16px rgb(16 32 40 / 14%), 0 1px 3px rgb(16 32 40 / 10%)",
      boxShadowSecondary: "0 6px 24px rgb(16 32 40 / 16%), 0 1px 4px rgb(16 32 40 / 10%)",
    },
    components: {
      Button: { primaryShadow: "none", defaultShadow: "none", dangerShadow: "none", primaryColor: look === "dark" ? "#06191b" : "#ffffff", fontWeight: 500 },
      Segmented: { itemSelectedBg: base.colorBgContainer },
      Modal: { titleFontSize: size + 2 },
      Tooltip: { colorBgSpotlight: look === "dark" ? "#3b464d" : "#263238" },
    },
  };
}

export function useLook(): Look {
  const { theme } = usePrefs();
  const dark = useSyncExternalStore(watchScheme, () => matchMedia("(prefers-color-scheme: dark)").matches);
  return theme === "system" ? (dark ? "dark" : "light") : theme;
}

function watchScheme(changed: () => void): () => void {
  const query = matchMedia("(prefers-color-scheme: dark)");
  query.addEventListener("change", changed);
  return () => query.removeEventListener("change", changed);
}
