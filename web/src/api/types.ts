/** What Kota's own API (/api/v1) answers. Times are ISO 8601 in UTC unless a name says otherwise. */

import type { Geometry } from "geojson";

export type Scalar = number | string | boolean | null;
export type Position = [lon: number, lat: number];
export type QualityLevel = 0 | 1 | 2;
export type QualityName = "good" | "uncertain" | "bad";

export interface Town {
  name: string;
  title: string;
  bounds: [w: number, s: number, e: number, n: number] | null;
  center: Position | null;
  zoom: number | null;
  basemap: string | null;
  /** IANA name; times are shown in it. */
  timezone?: string | null;
  clock: { now: string; speed: number; plant: boolean };
  version: string;
  auth: string;
  solutions: { name: string; title: string; alias: string; state: HealthState }[];
  demo: boolean;
}

export interface TypeCount {
  type: string;
  title: string;
  count: number;
  /** The title of the solution whose it is. */
  system: string | null;
  /** Whether the map draws it before somebody asks for it. */
  shown: boolean;
}

export interface TypeColumns {
  type: string;
  ids: string[];
  names: (string | null)[];
  geometry: (Position | Geometry | null)[];
  values: Record<string, unknown[]>;
  units: Record<string, string | null>;
  observedAt: (string | null)[];
  quality: QualityLevel[];
  stale: boolean[];
}

export interface MapSnapshot {
  at: string;
  types: TypeColumns[];
}

/** Values of one attribute of a type, moment by moment. */
export interface Past {
  type: string;
  attribute: string;
  unit: string | null;
  start_ms: number;
  step_ms: number;
  ids: string[];
  /** For each moment a value for each of `ids`; null where none was known. */
  frames: (number | null)[][];
  /** For each moment pairs of place in `ids` and level, where it is not good. */
  levels: [at: number, level: QualityLevel][][];
}

export interface Hit {
  id: string;
  type: string;
  name: string | null;
  description: string | null;
  location: Position | null;
}

export interface Unit {
  code: string;
  symbol: string | null;
  name: string | null;
}

export interface AttributeView {
  name: string;
  title: string;
  kind: string;
  value: unknown;
  display: string;
  unit: Unit | null;
  datasetId: string | null;
  observedAt: string | null;
  modifiedAt: string | null;
  quality: { level: QualityName; source: string; reason: string | null };
  stale: boolean;
  age_s: number | null;
  numeric: boolean;
  sub: Record<string, unknown>;
}

export interface EntityView {
  id: string;
  types: string[];
  name: string | null;
  /** Its name, or what to call it where it has none. */
  title: string;
  scope: string[];
  createdAt: string | null;
  modifiedAt: string | null;
  location: Geometry | null;
  clock: "wall" | "plant";
  /** It is an actuator. */
  commandable: boolean;
  attributes: AttributeView[];
  /** `title` is the relation's; the target's name is its own to say. */
  relations: { name: string; target: string; title: string }[];
}

export interface History {
  entity: string;
  attribute: string;
  unit: Unit | null;
  bucket_s: number;
  raw: boolean;
  t: number[];
  min: (number | null)[];
  max: (number | null)[];
  mean: (number | null)[];
  last: (number | null)[];
  count: number[];
  quality: QualityLevel[];
}

export type HealthState = "running" | "degraded" | "failed" | "starting";

export interface TaskHealth {
  name: string;
  title: string;
  state: HealthState;
  last_run: string | null;
  last_error: string | null;
  runs: number;
  failures: number;
}

export interface Solution {
  name: string;
  title: string;
  description: string;
  health: { state: HealthState; tasks: TaskHealth[] };
}

export interface ColorBy {
  attribute: string;
  unit: string | null;
  min: number;
  max: number;
  palette: string;
}

export interface PanelLayer {
  id: string;
  title: string;
  type: string;
  geometry: "point" | "line" | "area";
  color_by: ColorBy | null;
  icon?: string | null;
}

export interface PanelCard {
  id: string;
  title: string;
  entity: string;
  attribute: string;
  unit: string | null;
  min: number | null;
  max: number | null;
  target?: number | null;
}

export interface SeriesRef {
  entity: string;
  attribute: string;
  title?: string | null;
  /** A JsonProperty with what lies ahead. */
  outlook?: boolean;
}

export interface PanelChart {
  id: string;
  title: string;
  series: SeriesRef[];
  thresholds?: { value: number; title: string }[];
}

export interface PanelTable {
  id: string;
  title: string;
  type: string;
  columns: { attribute: string; title: string; unit?: string | null }[];
  where?: string;
  sort_by?: string;
  descending?: boolean;
  limit?: number;
}

export interface TableCell {
  value: Scalar;
  unit: string | null;
  /** The entity that the value names. */
  link: string | null;
  observedAt: string | null;
  quality: QualityLevel;
  stale: boolean;
}

export interface TableRow {
  id: string;
  title: string;
  cells: (TableCell | null)[];
}

export interface TableRows {
  total: number;
  rows: TableRow[];
}

export interface Panel {
  title: string;
  /** Pages of the solution's own, at `/systems/<solution>/<id>`. */
  pages: { id: string; title: string }[];
  layers: PanelLayer[];
  cards: PanelCard[];
  charts: PanelChart[];
  tables: PanelTable[];
}

export interface BoardTile {
  solution: string;
  kind: "card" | "chart" | "table";
  /** Its id in the solution's panel. */
  part: string;
  /** Columns, of twelve. */
  width: number;
  height: number;
}

export interface Board {
  id: string;
  title: string;
  owner: string;
  mine: boolean;
  roles: string[];
  tiles: BoardTile[];
}

export interface SystemHealth {
  ingest: { received: number; observations: number; rejected: number; rate_s: number };
  store: { entities: number; journal_lag: number; history_rows: number };
  notifications: { waiting: number; dead: number };
  connections: { name: string; state: string; detail: string | null }[];
  silent: { id: string; type: string; last: string | null }[];
}

export interface Letter {
  key: string;
  at: string;
  /** The topic of a message, or the subscription of a notification. */
  topic: string;
  reason: string;
  payload: unknown;
}

export interface Device {
  id: string;
  state: "pending" | "approved" | "rejected";
  profile: string | null;
  entity: string | null;
  topic: string | null;
  first_seen: string | null;
  last_seen: string | null;
  messages: number;
}

export interface Approved extends Device {
  /** Why its held message could not be taken in. */
  refused: string | null;
}

export interface Demo {
  title: string;
  chapters: { id: string; title: string; time: string; description: string; current: boolean }[];
  now: string;
  speed: number;
  paused: boolean;
}

export type Priority = "critical" | "high" | "medium" | "low";
export type AlarmState = "normal" | "unacknowledged" | "acknowledged" | "returned" | "latched" | "shelved" | "suppressed" | "out-of-service";

export interface AlarmCause {
  attribute: string | null;
  value: unknown;
  unit: Unit | null;
  at: string | null;
  limit: number | string | boolean | null;
}

export interface Alarm {
  id: string;
  title: string;
  entity: string;
  entity_name: string | null;
  priority: Priority;
  state: AlarmState;
  active: boolean;
  since: string | null;
  raised_at: string | null;
  count: number;
  acknowledged_by: string | null;
  assignee: string | null;
  shelved_until: string | null;
  owner: string | null;
  consequence: string | null;
  action: string | null;
  cause: AlarmCause | null;
  chattering: boolean;
  standing: boolean;
  clock: "wall" | "plant";
}

export interface AlarmEntry {
  event: string;
  after: AlarmState;
  at: string;
  by: string;
  why: string | null;
  value: unknown;
  unit: Unit | null;
  until: string | null;
  assignee: string | null;
}

export interface AlarmDetail extends Alarm {
  history: AlarmEntry[];
}

export interface AlarmList {
  total: number;
  states: Record<AlarmState, number>;
  waiting: Record<Priority, number>;
  flood_since: string | null;
  alarms: Alarm[];
}

export interface AlarmGroup {
  id: string;
  began: string;
  last: string;
  priority: Priority;
  unseen: number;
  first: Alarm;
  alarms: Alarm[];
}

/** A local account. */
export interface User {
  name: string;
  title: string;
  grants: { role: string; tenant: string; areas: string[]; solutions: string[]; purposes: string[] }[];
  must_change: boolean;
  second_factor: boolean;
  locked_until: string | null;
  sessions: number;
  created_at: string;
}

export interface Roles {
  roles: { role: string; rights: string[] }[];
  rights: Record<string, string>;
  purposes: string[];
}

export type Mode = "shadow" | "manual" | "advisory" | "automatic";
export type Setting = string | number | boolean;
export type CommandState =
  | "requested" | "authorised" | "checked" | "waiting" | "sent" | "accepted" | "confirmed"
  | "logged" | "refused" | "expired" | "cancelled" | "overridden" | "timed-out" | "rolled-back";

export interface Person {
  name: string;
  role: string;
}

export interface CommandStep {
  state: CommandState;
  at: string;
  by: string;
  role: string;
  words: string;
}

export interface CommandView {
  id: string;
  entity: string;
  value: Setting;
  state: CommandState;
  words: string | null;
  since: string;
  by: Person;
  at: string;
  expires_at: string;
  reason: string;
  /** What led to it: an alarm, a rule, a forecast, a command. */
  cause: string | null;
  approvals: Person[];
  sequence: number | null;
  sent_at: string | null;
  previous: Setting | null;
  restores: string | null;
  /** Why it cannot be undone at a touch; null where it can. */
  undo_refused: string | null;
  life: CommandStep[];
}

export interface Interlock {
  /** Why a command is refused; where it is a rule, what has to hold before one. */
  words: string;
  rule: boolean;
  /** The settings that it guards; all where empty. */
  only: Setting[];
  /** What it stands against now. */
  refuses: { value: Setting; words: string }[];
}

export interface Faceplate {
  entity: string;
  name: string | null;
  definition: string;
  title: string;
  mode: Mode;
  setting: Setting | null;
  setting_at: string | null;
  stale: string | null;
  safe_taken: boolean;
  /** Why nothing gets through to it; null where the way is open. */
  link: string | null;
  waiting: number;
  values: Setting[];
  unit: string | null;
  tolerance: number;
  consequence: string;
  two_person: boolean;
  safe: Setting | null;
  confirm_within: number;
  expire_after: number;
  undo_within: number;
  interlocks: Interlock[];
  current: CommandView | null;
  approvals: CommandView[];
  history: CommandView[];
}
