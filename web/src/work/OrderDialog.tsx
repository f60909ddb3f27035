import type { FormEvent } from "react";

import { Button } from "@/components/Button.tsx";
import { Dialog } from "@/components/Dialog.tsx";

import { dueOf } from "./OrderForm.tsx";
import { useTell } from "./texts/texts.ts";
import type { OrderDetail } from "./types.ts";

export type Asked = "assign" | "finish" | "cancel";

interface Props {
  asked: Asked;
  order: OrderDetail;
  done: (body: Record<string, unknown>) => void;
  close: () => void;
}

/** Asks for the word that an act needs: a name, or a reason. */
export function OrderDialog({ asked, order, done, close }: Props) {
  const tell = useTell();
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const said = String(form.get("said")).trim();
    done(asked === "assign" ? { assignee: said, due_at: dueOf(form) } : { comment: said });
  };
  const labels = { assign: tell("assignee"), finish: tell("whyNot", { count: order.unticked }), cancel: tell("why") };
  const titles = { assign: tell("assignTitle", { number: order.number }), finish: tell("finish"), cancel: tell("drop") };
  const buttons = { assign: tell("assign"), finish: tell("finish"), cancel: tell("drop") };
  return (
    <Dialog open onOpenChange={close} title={titles[asked]}>
      <form className="stack" onSubmit={onSubmit}>
        <label className="field">
          <span>{labels[asked]}</span>
          <input className="input" name="said" required maxLength={asked === "assign" ? 200 : 2000} autoComplete="off" autoFocus />
        </label>
        {asked === "assign" && (
          <label className="field">
            <span>{tell("due")}</span>
            <input className="input" name="due" type="datetime-local" />
          </label>
        )}
        <div className="dialog-actions">
          <Button onClick={close}>{tell("cancel")}</Button>
          <Button kind={asked === "cancel" ? "danger" : "primary"} type="submit">
            {buttons[asked]}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
