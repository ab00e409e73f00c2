import type { Area } from "@app/area";

export const area: Area = {
  group: "settings",
  pages: [
    { path: "/settings/pipelines", nav: "pipelines", permission: "sales.pipeline.list", load: () => import("./PipelinesPage") },
    { path: "/settings/pipelines/:id", permission: "sales.pipeline.get", load: () => import("./PipelinePage") },
  ],
};
