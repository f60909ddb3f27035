import { Component, type ReactNode } from "react";

import { Button } from "@/components/Button.tsx";
import { Notice } from "@/components/Notice.tsx";
import { t } from "@/i18n/translate.ts";

interface Props {
  children: ReactNode;
  /** Shown instead of the usual notice. */
  fallback?: ReactNode;
}

export class ErrorBoundary extends Component<Props, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    if (this.props.fallback !== undefined) return this.props.fallback;
    return (
      <Notice role="alert" title={t("app.failed")} action={<Button onClick={() => window.location.reload()}>{t("app.reload")}</Button>}>
        {t("app.failedDo")}
      </Notice>
    );
  }
}
