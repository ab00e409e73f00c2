/** A value once it has stood still for `ms`: for questions asked while somebody types. */
import { useEffect, useState } from "react";

export function useSettled<T>(value: T, ms = 300): T {
  const [settled, settle] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => settle(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
