/** What the server says of work orders, notices and rules. */

import type { Priority } from "@/api/types.ts";

export type OrderState = "open" | "assigned" | "under-way" | "done" | "cancelled";

export interface Order {
  id: string;
  number: number;
  title: string;
  state: OrderState;
  since: string;
  priority: Priority;
  assignee: string | null;
  due_at: string | null;
  overdue: boolean;
  subject: string | null;
  subject_name: string | null;
  alarm: string | null;
  cause: string | null;
  steps: number;
  unticked: number;
  photos_count: number;
  at: string;
  by: string;
}

export interface OrderDetail extends Order {
  description: string;
  checklist: { text: string; done: boolean; by: string | null; at: string | null }[];
  comments: { at: string; by: string; text: string }[];
  photos: { id: string; type: string; size: number; at: string; by: string }[];
  life: { event: string; state: OrderState; at: string; by: string; words: string }[];
}

export interface OrderList {
  total: number;
  states: Record<OrderState, number>;
  orders: Order[];
}

export interface Delivery {
  contact: string;
  way: "email" | "webhook" | "mqtt" | "push";
  address: string;
  turn: number;
  state: "waiting" | "sent" | "failed" | "withdrawn";
  due_at: string;
  sent_at: string | null;
  attempts: number;
  reason: string;
}

export interface Told {
  id: string;
  at: string;
  to: string;
  title: string;
  text: string;
  priority: Priority;
  state: "open" | "acknowledged" | "over" | "told";
  subject: string | null;
  alarms: string[];
  acknowledged_by: string | null;
  deliveries: Delivery[];
}

export interface ToldList {
  deliveries: Record<Delivery["state"], number>;
  notices: Told[];
}

export interface Rule {
  id: string;
  title: string;
  enabled: boolean;
  version: number;
  digest: string;
  match: string;
  when: string[];
  then: string[];
  lasting: number;
  subjects: number;
  holding: number;
  fired: number;
  fired_at: string | null;
  fault: string | null;
}

export interface Firing {
  id: string;
  rule: string;
  title: string | null;
  subject: string;
  at: string;
  ended_at: string | null;
  active: boolean;
  count: number;
  version: number;
  evidence: { clause: number; words: string; holds: boolean; entity: string | null; value: unknown; unit: string | null; at: string | null }[];
  outcomes: { do: string; state: "pending" | "done" | "failed"; words: string; id: string | null }[];
}
