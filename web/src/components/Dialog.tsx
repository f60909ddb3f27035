import * as Radix from "@radix-ui/react-dialog";
import type { ReactNode } from "react";

import "./dialog.css";

interface Props {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  hideTitle?: boolean;
  describe?: string;
  className?: string;
  children: ReactNode;
}

export function Dialog({ open, onOpenChange, title, hideTitle = false, describe, className = "", children }: Props) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="dialog-shade" />
        <Radix.Content className={`dialog ${className}`} {...(!describe && { "aria-describedby": undefined })}>
          <Radix.Title className={hideTitle ? "visually-hidden" : "dialog-title"}>{title}</Radix.Title>
          {describe && <Radix.Description className="soft">{describe}</Radix.Description>}
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
