import type { FormEvent } from "react";

import { PRIORITIES } from "@/alarms/model.ts";
import { Button } from "@/components/Button.tsx";
import { fromLocalInput } from "@/format/times.ts";
import { useT } from "@/i18n/translate.ts";

import { useTell } from "./texts/texts.ts";
import type { NewOrder } from "./use-work.ts";

/** A due time as the server wants it; null where none was given. */
export function dueOf(form: FormData): string | null {
  const due = fromLocalInput(String(form.get("due") ?? ""));
  return Number.isNaN(due) ? null : new Date(due).toISOString();
}

/** Asks for a new work order. */
export function OrderForm({ alarm, submit, cancel }: { alarm: string | null; submit: (order: NewOrder) => void; cancel: () => void }) {
  const t = useT();
  const tell = useTell();
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? "").trim();
    const checklist = text("steps").split("\n").map((step) => step.trim()).filter(Boolean);
    submit({ title: text("title"), description: text("description"), priority: text("priority"), assignee: text("assignee") || null, due_at: dueOf(form), checklist, alarm });
  };
  return (
    <form className="stack" onSubmit={onSubmit}>
      <label className="field">
        <span>{tell("what")}</span>
        <input className="input" name="title" required maxLength={200} autoComplete="off" autoFocus />
      </label>
      <label className="field">
        <span>{tell("description")}</span>
        <textarea className="input order-text" name="description" maxLength={2000} rows={2} />
      </label>
      <label className="field">
        <span>{tell("priority")}</span>
        <select className="input" name="priority" defaultValue={alarm ? "high" : "medium"}>
          {PRIORITIES.map((priority) => (
            <option key={priority} value={priority}>
              {t(`alarms.priority.${priority}`)}
            </option>
          ))}
        </select>
      </label>
      <label className="field">
        <span>{tell("assigneeOptional")}</span>
        <input className="input" name="assignee" maxLength={200} autoComplete="off" />
      </label>
      <label className="field">
        <span>{tell("due")}</span>
        <input className="input" name="due" type="datetime-local" />
      </label>
      <label className="field">
        <span>{tell("steps")}</span>
        <textarea className="input order-text" name="steps" rows={3} />
      </label>
      <div className="dialog-actions">
        <Button onClick={cancel}>{tell("cancel")}</Button>
        <Button kind="primary" type="submit">
          {tell("open")}
        </Button>
      </div>
    </form>
  );
}
