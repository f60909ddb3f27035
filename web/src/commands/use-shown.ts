import { useCallback } from "react";

import type { Faceplate, Setting } from "@/api/types.ts";
import { formatValue, withUnit } from "@/format/values.ts";
import { usePhrase } from "@/i18n/phrases.ts";
import { useLocale } from "@/shell/preferences.ts";

/** How a setting is said: in the operator's words where the solution has them, numbers with their unit. */
export function useShown(plate: Faceplate): (value: Setting) => string {
  const phrase = usePhrase();
  const locale = useLocale();
  const unit = plate.unit ?? "";
  return useCallback((value: Setting) => (typeof value === "number" ? withUnit(formatValue(value, locale), unit) : phrase(String(value))), [phrase, locale, unit]);
}
