import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import "./design/fonts.css";
import "./design/tokens.css";
import "./design/base.css";
import { Problem } from "./api/client.ts";
import { startPhrases } from "./i18n/phrases.ts";
import { connection } from "./live/session.ts";
import { startProbe } from "./probe/probe.ts";
import { ErrorBoundary } from "./shell/ErrorBoundary.tsx";
import { Shell } from "./shell/Shell.tsx";
import { startPreferences } from "./shell/preferences.ts";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      networkMode: "always",
      staleTime: 10_000,
      retry: (failures, error) => failures < 2 && !(error instanceof Problem && error.status < 500),
    },
    mutations: { networkMode: "always" },
  },
});

startProbe();
startPreferences();
startPhrases();
connection.start();

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <ErrorBoundary>
      <QueryClientProvider client={queries}>
        <Shell />
      </QueryClientProvider>
    </ErrorBoundary>
  </StrictMode>,
);
