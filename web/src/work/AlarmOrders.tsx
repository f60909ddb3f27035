import { useQuery } from "@tanstack/react-query";

import { Link } from "@/routing/Link.tsx";
import { PATHS } from "@/routing/route.ts";
import { may, session } from "@/session/session.ts";

import * as queries from "./queries.ts";
import { useTell } from "./texts/texts.ts";
import "./work.css";

/** The work orders of an alarm, and the way to a new one. */
export function AlarmOrders({ alarm }: { alarm: string }) {
  const tell = useTell();
  const { data } = useQuery(queries.ordersOf(alarm));
  const { data: who } = useQuery(session());
  return (
    <p className="order-links" aria-label={tell("of")}>
      {data?.orders.map((order) => (
        <Link key={order.id} className="button button-quiet" to={`${PATHS.work}?order=${order.number}`}>
          {`${order.number} ${order.title}: ${tell(`state.${order.state}`)}`}
        </Link>
      ))}
      {may(who, "orders.manage") && (
        <Link className="button" to={`${PATHS.work}?${new URLSearchParams({ for: alarm }).toString()}`}>
          {tell("new")}
        </Link>
      )}
    </p>
  );
}
