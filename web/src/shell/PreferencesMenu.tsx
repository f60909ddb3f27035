import { useState } from "react";

import { Button, IconButton } from "@/components/Button.tsx";
import { Segmented } from "@/components/Segmented.tsx";
import { LOCALES, LOCALE_NAMES } from "@/i18n/locales.ts";
import { useT } from "@/i18n/translate.ts";

import { THEME_CHOICES, chooseLocale, chooseTheme, useLocale, useThemeChoice } from "./preferences.ts";

function Languages() {
  const t = useT();
  const locale = useLocale();
  return (
    <fieldset style={{ border: 0, margin: 0, padding: 0 }}>
      <legend className="soft small">{t("prefs.language")}</legend>
      {LOCALES.map((each) => (
        <label key={each} className="language" lang={each}>
          <input type="radio" name="language" checked={each === locale} onChange={() => void chooseLocale(each)} />
          {LOCALE_NAMES[each]}
        </label>
      ))}
    </fieldset>
  );
}

function CopyLink() {
  const t = useT();
  const [copied, setCopied] = useState(false);
  const copy = () => void navigator.clipboard.writeText(window.location.href).then(() => setCopied(true));
  return (
    <Button icon="link" onClick={copy}>
      {copied ? t("prefs.copied") : t("prefs.copy")}
    </Button>
  );
}

const ID = "preferences";

export function PreferencesMenu({ version }: { version: string | undefined }) {
  const t = useT();
  const choice = useThemeChoice();
  return (
    <>
      <IconButton icon="settings" label={t("prefs.open")} popoverTarget={ID} />
      <div id={ID} popover="auto" className="preferences" role="dialog" aria-label={t("prefs.open")}>
        <span className="soft small">{t("prefs.theme")}</span>
        <Segmented label={t("prefs.theme")} value={choice} onChange={chooseTheme} options={THEME_CHOICES.map((value) => ({ value, label: t(`prefs.theme.${value}`) }))} />
        <Languages />
        <CopyLink />
        {version && <p className="soft small">{t("prefs.version", { version })}</p>}
      </div>
    </>
  );
}
