import type { Area } from "@app/area";

export const area: Area = {
  group: "settings",
  pages: [
    { path: "/settings/identity-providers", nav: "identity_providers", permission: "identity.identity_provider.list", load: () => import("./ProvidersPage") },
    { path: "/settings/identity-providers/:id", permission: "identity.identity_provider.get", load: () => import("./ProviderPage") },
  ],
};
