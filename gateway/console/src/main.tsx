/** Providers and routes only. */
import "antd/dist/reset.css";
import "virtual:antd.css";
import "./app/base.css";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { startLanguage } from "./app/i18n";
import { applyLook } from "./app/appearance";

applyLook();
await startLanguage();
createRoot(document.getElementById("root") as HTMLElement).render(<App />);
