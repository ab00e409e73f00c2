import type { Area } from "@app/area";

export const area: Area = {
  group: "home",
  pages: [{ path: "/home", nav: "home", shortcut: "h", load: () => import("./WorkbenchPage") }],
};
