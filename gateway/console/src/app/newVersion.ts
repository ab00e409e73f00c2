/**
 * Whether the server has another console than this page was loaded with. It is asked when the live stream connects
 * again, as it does after every release, and known at once when a part of this console is no longer there.
 */
import { useEffect, useState } from "react";
import { live } from "@api/live";

/** The page's own script carries the hash of its content in its name. */
const own = (): string => document.querySelector<HTMLScriptElement>('script[type="module"][src]')?.getAttribute("src") ?? "";

async function isOutdated(): Promise<boolean> {
  try {
    const response = await fetch("/", { headers: { Accept: "text/html" }, cache: "no-cache", credentials: "same-origin" });
    const page = response.ok ? await response.text() : "";
    return page.includes('type="module"') && !page.includes(own());
  } catch {
    return false;
  }
}

export function useNewVersion(): boolean {
  const [outdated, setOutdated] = useState(false);
  useEffect(() => {
    let connected = false;
    const look = () => void isOutdated().then((found) => found && setOutdated(true));
    const unlisten = live.listen(({ lost }) => {
      // The first connection is the page's own start.
      if (lost === false && connected) look();
      connected ||= lost === false;
    });
    window.addEventListener("vite:preloadError", look);
    return () => {
      unlisten();
      window.removeEventListener("vite:preloadError", look);
    };
  }, []);
  return outdated;
}

/** What a browser says of a part of the console that the server has no more. */
export const isPartGone = (error: unknown): boolean => error instanceof Error && /dynamically imported module|importing a module script|unable to preload/i.test(error.message);
