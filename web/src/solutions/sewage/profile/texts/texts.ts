import { messages } from "@/i18n/translate.ts";

import { en } from "./en.ts";
import { fil } from "./fil.ts";
import { id } from "./id.ts";
import { ms } from "./ms.ts";
import { th } from "./th.ts";
import { vi } from "./vi.ts";

export const { tell, useTell } = messages(en, { id, ms, fil, th, vi });
