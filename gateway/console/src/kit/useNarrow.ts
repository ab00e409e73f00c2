/** Whether the window is narrower than 768 px: lists become cards, columns stack. */
import { useSyncExternalStore } from "react";

const query = matchMedia("(max-width: 767px)");

export const useNarrow = (): boolean =>
  useSyncExternalStore(
    (changed) => {
      query.addEventListener("change", changed);
      return () => query.removeEventListener("change", changed);
    },
    () => query.matches,
  );
