/** One pump of the mock town that can be commanded; it obeys at once. */

const PUMP = "urn:ngsi-ld:Pump:PU1";
const AT = "2026-11-20T00:10:00Z";
const OPERATOR = { name: "operator", role: "operator" };

export function plateOf() {
  return {
    entity: PUMP, name: "Pump station Rambai", definition: "water.pump", title: "Switch the pump", mode: "manual", setting: "CLOSED", setting_at: AT,
    stale: null, safe_taken: false, link: null, waiting: 0, values: ["OPEN", "CLOSED", "AUTO"], unit: null, tolerance: 0,
    consequence: "Running, it fills its tank; standing, the tank falls.", two_person: false, safe: "AUTO", confirm_within: 180, expire_after: 300, undo_within: 900,
    interlocks: [
      { words: "The tank that it fills is nearly full", rule: false, only: ["AUTO"], refuses: [{ value: "AUTO", words: "The tank that it fills is nearly full (level is 7.9, needed is < 7.5)" }] },
      { words: "OPEN at most 4 times within 1 h", rule: true, only: [], refuses: [] },
    ],
    current: null, approvals: [], history: [],
  };
}

const step = (state) => ({ state, at: AT, by: "operator", role: "operator", words: state });

function wanted(plate, { value, comment, id }) {
  const command = {
    id: `urn:ngsi-ld:Command:${id}`, entity: PUMP, value, state: plate.two_person ? "waiting" : "confirmed", words: "feedback shows it", since: AT, by: OPERATOR, at: AT,
    expires_at: AT, reason: comment ?? "", cause: null, approvals: [], sequence: 1, sent_at: AT, previous: plate.setting, restores: null, undo_refused: null,
    life: ["requested", "authorised", "checked", "sent", "accepted", "confirmed"].map(step),
  };
  if (plate.two_person) plate.approvals = [{ ...command, life: ["requested", "authorised", "checked", "waiting"].map(step), words: "a second person has to approve it" }];
  else done(plate, command);
  return command;
}

function done(plate, command) {
  plate.setting = command.value;
  plate.history = [command, ...plate.history.map((one) => ({ ...one, undo_refused: "something else has happened since" }))];
}

/** What an operator does; undefined where there is nothing of that name. */
export function command(plate, method, path, body) {
  if (method === "PUT" && path === `/api/v1/actuators/${PUMP}/mode`) return Object.assign(plate, { mode: body.mode });
  if (method === "GET") return path === `/api/v1/actuators/${PUMP}` ? plate : undefined;
  if (path === "/api/v1/commands") return wanted(plate, body);
  const act = /\/(approve|cancel|undo)$/.exec(path)?.[1];
  const [waiting] = plate.approvals;
  plate.approvals = [];
  if (act === "approve") return done(plate, { ...waiting, state: "confirmed", approvals: [{ name: "Siti", role: "operator" }] }) ?? {};
  if (act === "undo") return wanted(plate, { value: plate.history[0].previous, comment: "undo", id: "undo" });
  return act ? {} : undefined;
}

export const isCommand = (path) => path.startsWith("/api/v1/actuators/") || path.startsWith("/api/v1/commands");
export const commandable = (id) => id === PUMP;
