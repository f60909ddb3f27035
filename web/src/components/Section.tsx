import { type ReactNode, useId } from "react";

import "./section.css";

interface Props {
  title: string;
  actions?: ReactNode;
  className?: string;
  children: ReactNode;
}

/** A titled panel, which is a landmark of its own. */
export function Section({ title, actions, className = "", children }: Props) {
  const id = useId();
  return (
    <section className={`section ${className}`} aria-labelledby={id}>
      <header className="section-head">
        <h2 id={id}>{title}</h2>
        {actions}
      </header>
      {children}
    </section>
  );
}
