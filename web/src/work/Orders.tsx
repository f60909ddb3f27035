import { PriorityMark } from "@/alarms/PriorityMark.tsx";
import { useLocale } from "@/shell/preferences.ts";

import { moment } from "./moment.ts";
import { useTell } from "./texts/texts.ts";
import type { Order } from "./types.ts";

/** When an order is due, or that it is late: in words, not by colour alone. */
export function Due({ order }: { order: Order }) {
  const tell = useTell();
  const locale = useLocale();
  if (!order.due_at) return null;
  const time = moment(order.due_at, locale);
  return <span className={order.overdue ? "state-bad" : "soft"}>{tell(order.overdue ? "overdue" : "dueAt", { time })}</span>;
}

/** What is to be done, each a button that opens it. */
export function Orders({ orders, chosen, choose }: { orders: readonly Order[]; chosen: number | null; choose: (number: number) => void }) {
  const tell = useTell();
  return (
    <ul className="orders">
      {orders.map((order) => (
        <li key={order.id}>
          <button type="button" className="order-row" aria-current={order.number === chosen ? "true" : undefined} onClick={() => choose(order.number)}>
            <PriorityMark priority={order.priority} waits={order.state === "open"} />
            <span className="order-what">
              <strong>
                {order.number} {order.title}
              </strong>{" "}
              <span>{order.subject_name}</span>
            </span>
            <span className="order-who">
              {tell(`state.${order.state}`)}
              {order.assignee && ` · ${order.assignee}`}
            </span>
            <span className="order-due small">
              <Due order={order} />
              {order.steps > 0 && <span className="soft"> {tell("stepsDone", { done: order.steps - order.unticked, count: order.steps })}</span>}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
