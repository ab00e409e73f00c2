import type { Area } from "@app/area";

export const area: Area = {
  group: "service",
  pages: [
    { path: "/service/knowledge", nav: "articles", permission: "service_desk.knowledge_version.list", load: () => import("./KnowledgePage") },
    { path: "/service/knowledge/articles", permission: "service_desk.knowledge_article.list", load: () => import("./ArticlesPage") },
    { path: "/service/knowledge/articles/:id", permission: "service_desk.knowledge_article.get", load: () => import("./ArticlePage") },
    { path: "/service/knowledge/:id", permission: "service_desk.knowledge_version.get", load: () => import("./VersionPage") },
  ],
};
