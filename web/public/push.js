/* Shows what the town tells this browser, and opens the page of work when it is touched. */
self.addEventListener("push", (event) => {
  const said = event.data?.json() ?? {};
  const shown = { body: said.text, tag: said.id, requireInteraction: said.priority === "critical" };
  event.waitUntil(self.registration.showNotification(said.title ?? "Kota", shown));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow("/work?view=notices"));
});
