/** What a page asks of the server, as TanStack Query options. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { FeatureCollection } from "geojson";

import { Problem, address, get } from "./client.ts";
import type {
  AlarmDetail,
  AlarmGroup,
  AlarmList,
  AlarmState,
  Board,
  Demo,
  Device,
  EntityView,
  Faceplate,
  History,
  Hit,
  Letter,
  MapSnapshot,
  Panel,
  Past,
  Solution,
  SystemHealth,
  TableRows,
  Roles,
  Town,
  TypeCount,
  User,
} from "./types.ts";

const SECOND = 1000;
/** Seldom, so that what went wrong stays readable; a connection that comes back asks at once. */
const AFTER_FAILURE = 30 * SECOND;

const pace = (everyMs: number | undefined) => (query: { state: { status: string } }) => {
  if (everyMs === undefined) return false;
  return query.state.status === "success" ? everyMs : AFTER_FAILURE;
};

function read<T>(key: readonly unknown[], url: string, everyMs?: number) {
  return queryOptions({
    queryKey: key,
    queryFn: ({ signal }) => get<T>(url, signal),
    refetchInterval: pace(everyMs),
  });
}

export const town = () => read<Town>(["town"], address("/town"));

export const basemap = (url: string) =>
  queryOptions({
    queryKey: ["basemap", url],
    queryFn: ({ signal }) => get<FeatureCollection>(url, signal),
    staleTime: Infinity,
  });

export const types = () => read<TypeCount[]>(["types"], address("/types"), 30 * SECOND);

export const mapSnapshot = (wanted: readonly string[]) =>
  queryOptions({
    queryKey: ["map", ...wanted],
    queryFn: ({ signal }) => get<MapSnapshot>(address("/map", { types: wanted.join(",") }), signal),
    enabled: wanted.length > 0,
    staleTime: 0,
  });

/** A page of the past never changes. */
export const past = (type: string, attribute: string, start: number, step: number, count: number) =>
  queryOptions({
    queryKey: ["past", type, attribute, start, step, count],
    queryFn: ({ signal }) => get<Past>(address("/map/past", { type, attribute, start: new Date(start).toISOString(), step: step / SECOND, count }), signal),
    staleTime: Infinity,
    gcTime: 60 * SECOND,
  });

export const search = (text: string) =>
  queryOptions({
    queryKey: ["search", text],
    queryFn: ({ signal }) => get<{ results: Hit[] }>(address("/search", { q: text, limit: 20 }), signal),
    enabled: text.trim().length > 0,
    placeholderData: keepPreviousData,
  });

export const entity = (id: string) =>
  read<EntityView>(["entity", id], address(`/entities/${encodeURIComponent(id)}`), 30 * SECOND);

export interface HistoryRequest {
  entity: string;
  attribute: string;
  /** Milliseconds since the epoch. */
  start: number;
  end: number;
  points: number;
}

export function historyQuery(request: HistoryRequest): Record<string, string | number> {
  const { entity: id, attribute, start, end, points } = request;
  return {
    entity: id,
    attribute,
    start: new Date(start).toISOString(),
    end: new Date(end).toISOString(),
    points,
  };
}

export const history = (request: HistoryRequest) =>
  queryOptions({
    queryKey: ["history", request.entity, request.attribute, request.start, request.end, request.points],
    queryFn: ({ signal }) => get<History>(address("/history", historyQuery(request)), signal),
    placeholderData: (before: History | undefined, query) =>
      query?.queryKey[1] === request.entity && query.queryKey[2] === request.attribute ? before : undefined,
  });

export const solutions = () => read<Solution[]>(["solutions"], address("/solutions"), 5 * SECOND);

export const panel = (name: string) =>
  queryOptions({
    queryKey: ["panel", name],
    queryFn: async ({ signal }) => {
      try {
        return await get<Panel>(address(`/solutions/${encodeURIComponent(name)}/panel`), signal);
      } catch (error) {
        if (error instanceof Problem && error.status === 404) return null;
        throw error;
      }
    },
    staleTime: 5 * 60 * SECOND,
  });

export const boards = () => read<Board[]>(["boards"], address("/boards"), 30 * SECOND);

/** Order and filter are the server's; values between two requests come by the live stream. */
export const panelTable = (solution: string, table: string) =>
  read<TableRows>(["panel-table", solution, table], address(`/solutions/${encodeURIComponent(solution)}/tables/${encodeURIComponent(table)}`), 5 * SECOND);

export const health = () => read<SystemHealth>(["health"], address("/health"), 2 * SECOND);

export const letters = (box: "ingest" | "notification") =>
  read<Letter[]>(["letters", box], address("/letters", { box }), 5 * SECOND);

export const devices = (state: "pending" | "approved") =>
  read<Device[]>(["devices", state], address("/devices", { state }), 5 * SECOND);

/** Without states: those that operators are shown. */
export const alarms = (states: readonly AlarmState[], limit: number) => {
  const query = [`limit=${limit}`, ...states.map((state) => `state=${state}`)].join("&");
  return read<AlarmList>(["alarms", "list", limit, ...states], `${address("/alarms")}?${query}`, 30 * SECOND);
};

export const alarmGroups = () => read<AlarmGroup[]>(["alarms", "groups"], address("/alarms/groups"), 30 * SECOND);

export const alarm = (id: string) => read<AlarmDetail>(["alarms", "one", id], address(`/alarms/${encodeURIComponent(id)}`), 30 * SECOND);

/** Often, since what interlocks stand against changes with every reading. */
export const actuator = (id: string) => read<Faceplate>(["actuator", id], address(`/actuators/${encodeURIComponent(id)}`), 3 * SECOND);

export const demo = () => read<Demo>(["demo"], address("/demo"), 2 * SECOND);

export const users = () => read<User[]>(["users"], address("/users"), 30 * SECOND);

export const roles = () => read<Roles>(["users", "roles"], address("/users/roles"));
