/**
 * What is loaded when it is asked for, on a page that must survive when the server has it no more: `<Part><Palette …/></Part>`
 * in the place of `<Suspense>`. A release may have taken it away; then nothing opens, and the line above the page says why.
 */
import { Component, type ReactNode, Suspense } from "react";
import { isPartGone } from "./newVersion";

interface Props {
  children: ReactNode;
  fallback?: ReactNode;
}

export class Part extends Component<Props, { gone: boolean }> {
  override state = { gone: false };

  static getDerivedStateFromError(error: unknown): { gone: boolean } {
    if (!isPartGone(error)) throw error;
    return { gone: true };
  }

  override render(): ReactNode {
    const { children, fallback = null } = this.props;
    return this.state.gone ? fallback : <Suspense fallback={fallback}>{children}</Suspense>;
  }
}
