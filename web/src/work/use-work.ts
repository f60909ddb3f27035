import { useMutation, useQueryClient } from "@tanstack/react-query";

import { address, send, upload } from "@/api/client.ts";

import { shrunk } from "./shrink.ts";
import type { OrderDetail } from "./types.ts";

export interface NewOrder {
  title: string;
  description: string;
  priority: string;
  assignee: string | null;
  due_at: string | null;
  checklist: string[];
  alarm: string | null;
}

/** What people do about work orders; the lists follow. */
export function useWork() {
  const client = useQueryClient();
  const onSettled = () => client.invalidateQueries({ queryKey: ["work"] });
  return {
    open: useMutation({ mutationFn: (body: NewOrder) => send<OrderDetail>("POST", address("/work"), body), onSettled }),
    act: useMutation({
      mutationFn: ({ number, act, body }: { number: number; act: string; body: Record<string, unknown> }) => send("POST", address(`/work/${number}/${act}`), body),
      onSettled,
    }),
    photo: useMutation({ mutationFn: async ({ number, file }: { number: number; file: File }) => upload(address(`/work/${number}/photos`), await shrunk(file)), onSettled }),
  };
}
