import type { ReactNode } from "react";

import "./session.css";

/** What stands alone on the screen while nobody is in. */
export function Card({ title, town, children }: { title: string; town?: string | undefined; children: ReactNode }) {
  return (
    <main className="session" id="content">
      <div className="session-card">
        {town && <p className="soft">{town}</p>}
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}
