import { Notice } from "@/components/Notice.tsx";
import { useT } from "@/i18n/translate.ts";
import { systemPath } from "@/routing/route.ts";

import { pageOf } from "./pages.ts";

/** A solution's own page, where a person needs more than its panel. */
export default function SystemPage({ solution, name }: { solution: string; name: string }) {
  const t = useT();
  const Page = pageOf(solution, name);
  if (Page) return <Page />;
  return <Notice page title={t("app.unknownPage")}>{t("app.unknownPageDo", { path: systemPath(solution, name) })}</Notice>;
}
