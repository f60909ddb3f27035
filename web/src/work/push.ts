/** Web Push of this browser. */

import { address, send } from "@/api/client.ts";

export const canPush = () => "serviceWorker" in navigator && "PushManager" in window && window.isSecureContext;

/** The worker that shows notices; it does nothing else. */
const worker = () => navigator.serviceWorker.register("/push.js");

export async function pushed(): Promise<boolean> {
  if (!canPush()) return false;
  const registration = await navigator.serviceWorker.getRegistration("/");
  return (await registration?.pushManager.getSubscription()) != null;
}

export async function turnOn(key: string): Promise<void> {
  await worker();
  const registration = await navigator.serviceWorker.ready;
  const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  const { endpoint, keys } = subscription.toJSON();
  await send("POST", address("/push"), { endpoint, keys });
}

export async function turnOff(): Promise<void> {
  const registration = await navigator.serviceWorker.getRegistration("/");
  const subscription = await registration?.pushManager.getSubscription();
  if (!subscription) return;
  await send("DELETE", address("/push"), { endpoint: subscription.endpoint });
  await subscription.unsubscribe();
}
