/** A few alarms of the mock town, which obey like the server's. */

const AT = "2026-11-20T00:05:00Z";

function alarm(key, priority, state, more = {}) {
  return {
    id: `urn:ngsi-ld:Alert:${key}`, definition: key.split(":")[0], title: "Tank level is low", entity: "urn:ngsi-ld:Tank:T1", entity_name: "Tank Bukit",
    priority, state, active: state !== "returned", since: AT, raised_at: AT, count: 1, acknowledged_by: null, acknowledged_at: null, assignee: null,
    shelved_until: null, escalation: 0, group: "g1", owner: "water", consequence: "Little is left for fires.", action: "Start another pump.",
    cause: { attribute: "level", value: 1.42, unit: { code: "MTR", symbol: "m", name: "metre" }, at: AT, limit: 2 },
    chattering: false, standing: false, clock: "plant", ...more,
  };
}

export function alarmsOf() {
  return [
    alarm("tank-low:Tank:T1", "high", "unacknowledged"),
    alarm("pressure-low:Junction:J3", "high", "unacknowledged", { title: "Pressure is low", entity: "urn:ngsi-ld:Junction:J3", entity_name: "Junction J3", chattering: true, count: 7 }),
    alarm("silent:Pump:PU1", "low", "returned", { title: "Telemetry is silent", entity: "urn:ngsi-ld:Pump:PU1", entity_name: "Pump station Rambai", group: "g2", cause: null }),
    alarm("tank-high:Tank:T2", "medium", "acknowledged", { title: "Tank is nearly full", entity: "urn:ngsi-ld:Tank:T2", entity_name: "Tank Pelabuhan", group: "g3", acknowledged_by: "Siti" }),
  ];
}

const waits = ({ state }) => state === "unacknowledged" || state === "returned";
const SHOWN = ["unacknowledged", "acknowledged", "returned", "latched"];
const AFTER = { acknowledge: ({ state }) => (state === "returned" ? "normal" : "acknowledged"), shelve: () => "shelved", unshelve: () => "unacknowledged" };

export function listOf(alarms, query) {
  const wanted = query.getAll("state").length ? query.getAll("state") : SHOWN;
  const found = alarms.filter(({ state }) => wanted.includes(state));
  const count = (priority) => alarms.filter((one) => waits(one) && one.priority === priority).length;
  return {
    total: found.length, flood_since: null, alarms: found.slice(0, Number(query.get("limit") ?? 200)),
    states: Object.fromEntries([...SHOWN, "normal", "shelved", "suppressed", "out-of-service"].map((state) => [state, alarms.filter((one) => one.state === state).length])),
    waiting: Object.fromEntries(["critical", "high", "medium", "low"].map((priority) => [priority, count(priority)])),
  };
}

export function groupsOf(alarms) {
  const names = [...new Set(alarms.filter(({ state }) => SHOWN.includes(state)).map(({ group }) => group))];
  return names.map((id) => {
    const members = alarms.filter(({ group, state }) => group === id && SHOWN.includes(state));
    return { id, began: AT, last: AT, priority: members[0].priority, unseen: members.filter(waits).length, first: members[0], alarms: members };
  });
}

/** What an operator does to an alarm or a group; undefined where there is none. */
export function act(alarms, path, body) {
  const match = /^\/api\/v1\/alarms\/(groups\/)?(.+)\/([a-z-]+)$/.exec(path);
  if (!match) return undefined;
  const found = alarms.filter((one) => (match[1] ? one.group === match[2] && waits(one) : one.id === match[2]));
  for (const one of found) {
    one.state = AFTER[match[3]]?.(one) ?? one.state;
    if (match[3] === "acknowledge") one.acknowledged_by = "operator";
    one.history = [...(one.history ?? []), { event: match[3], after: one.state, at: AT, by: "operator", why: body?.comment ?? null, value: null, unit: null, until: null, assignee: null }];
  }
  return match[1] ? found : found[0];
}

export function detailOf(alarms, id) {
  const found = alarms.find((one) => one.id === id);
  const raised = { event: "raise", after: "unacknowledged", at: "2026-11-20T00:04:00Z", by: "Kota", why: null, value: 1.42, unit: { code: "MTR", symbol: "m", name: "metre" }, until: null, assignee: null };
  return found && { ...found, history: [raised, ...(found.history ?? [])] };
}
