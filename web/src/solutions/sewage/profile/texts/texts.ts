import { messages } from "@/i18n/translate.ts";

import { en } from "./en.ts";
import { id } from "./id.ts";

export const { tell, useTell } = messages(en, { id });
