import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import "./design/fonts.css";
import "./design/tokens.css";
import "./design/base.css";
import { Problem } from "./api/client.ts";
import { startProbe } from "./probe/probe.ts";
import { Door } from "./session/Door.tsx";
import { SESSION_KEY } from "./session/session.ts";
import { ErrorBoundary } from "./shell/ErrorBoundary.tsx";
import { startPreferences } from "./shell/preferences.ts";

const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error) => error instanceof Problem && error.status === 401 && void queries.invalidateQueries({ queryKey: SESSION_KEY }),
  }),
  defaultOptions: {
    queries: {
      networkMode: "always",
      staleTime: 10_000,
      retry: (failures, error) => failures < 2 && !(error instanceof Problem && error.status < 500),
    },
    mutations: { networkMode: "always" },
  },
});

const show = () =>
  createRoot(document.getElementById("root")!).render(
    <StrictMode>
      <ErrorBoundary>
        <QueryClientProvider client={queries}>
          <Door />
        </QueryClientProvider>
      </ErrorBoundary>
    </StrictMode>,
  );

startProbe();
void startPreferences().then(show);
