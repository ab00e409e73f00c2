/** Routes from the areas: each page is loaded when first opened, fenced by its permission and its own error boundary. */
import { type ComponentType, lazy, Suspense } from "react";
import { createBrowserRouter, Navigate } from "react-router";
import { Loading, NoPermission } from "@kit/states";
import type { Access } from "./access";
import { opens, type PageDefinition, pages } from "./area";
import { NotFound, RouteFault } from "./RouteFault";
import { Shell } from "./Shell";
import { startPage } from "./navigation";

const loaded = new Map<string, ComponentType>();

function componentOf(page: PageDefinition): ComponentType {
  let found = loaded.get(page.path);
  if (!found) loaded.set(page.path, (found = lazy(page.load)));
  return found;
}

export function makeRouter(access: Access) {
  const routes = pages.map((page) => {
    const Page = componentOf(page);
    const element = opens(access, page) ? (
      <Suspense fallback={<Loading rows={8} />}>
        <Page />
      </Suspense>
    ) : (
      <NoPermission permission={page.permission} />
    );
    return { path: `/app${page.path}`, element, errorElement: <RouteFault /> };
  });
  return createBrowserRouter([
    {
      element: <Shell />,
      errorElement: <RouteFault />,
      children: [
        { path: "/", element: <Navigate to={startPage(access)} replace /> },
        { path: "/app", element: <Navigate to={startPage(access)} replace /> },
        ...routes,
        { path: "*", element: <NotFound /> },
      ],
    },
  ]);
}
