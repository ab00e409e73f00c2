import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { staticAntd } from "./build/antd.ts";

const folder = (name: string) => fileURLToPath(new URL(`./src/${name}`, import.meta.url));
const gateway = process.env.CRM_GATEWAY_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  base: "/console/",
  plugins: [staticAntd(), react()],
  resolve: { alias: { "@api": folder("api"), "@app": folder("app"), "@kit": folder("kit") } },
  build: {
    target: "es2022",
    outDir: process.env.CRM_CONSOLE_OUT ?? "dist",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: "react", priority: 2, test: /node_modules\/(react|react-dom|scheduler|react-router)\// },
            // What the shell and every list need anyway: one file is smaller than thirty.
            { name: "core", priority: 1, test: /src\/(api\/(transport|session|errors|records|resources|metadata|live|notifications)|app\/(prefs|shortcuts|access|navigation|recent|i18n|theme)|kit\/(labels|names|conflict|held|toasts|values|format|FieldValue|states|PageHeader|useNarrow))\.tsx?$/ },
            // The signs of the menu and of every list: together they weigh half.
            { name: "core", priority: 1, test: /ant-design\/icons(-svg)?\/es\/(asn|icons)\/(Check|CloseCircle|Fund|More|Plus|QuestionCircle|Reload|Search|Setting|Team)(Outlined|Filled)\.js$/ },
          ],
        },
      },
    },
  },
  server: { proxy: { "/v1": gateway, "/sign-in": gateway, "/sign-out": gateway, "/public": gateway, "/events": gateway } },
  preview: { proxy: { "/v1": gateway, "/sign-in": gateway, "/sign-out": gateway, "/public": gateway, "/events": gateway } },
  test: { environment: "jsdom", include: ["tests/unit/**/*.test.{ts,tsx}"] },
});
