/** Line icons on a 16-unit grid, drawn for this dashboard. */

const PATHS = {
  map: "M1.5 3.5 6 2l4 1.5L14.5 2v10.5L10 14l-4-1.5L1.5 14zM6 2v10.5M10 3.5V14",
  alarm: "M8 1.8c-2.6 0-4 1.9-4 4.4 0 3.3-1.5 4.5-1.5 5.6h11c0-1.1-1.5-2.3-1.5-5.6 0-2.5-1.4-4.4-4-4.4zM6.4 13.6a1.7 1.7 0 0 0 3.2 0",
  overview: "M2 2h5v6H2zM9 2h5v3.5H9zM9 8h5v6H9zM2 10.5h5V14H2z",
  board: "M2 2h12v12H2zM8 2v12M8 8h6",
  expand: "M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4",
  print: "M4.5 5.5V2h7v3.5M4.5 11H2V5.5h12V11h-2.5M4.5 9h7v5h-7z",
  list: "M2 3.5h12M2 8h12M2 12.5h12",
  systems: "M2 9h3l2-6 3 10 2-4h2",
  ingest: "M8 1.5v8M4.5 6.5 8 10l3.5-3.5M2 11v3h12v-3",
  search: "M7 2a5 5 0 1 1 0 10A5 5 0 0 1 7 2zM10.7 10.7 14.5 14.5",
  settings: "M2 4h7M13 4h1M2 12h1M7 12h7M11 2.2a1.8 1.8 0 1 1 0 3.6 1.8 1.8 0 0 1 0-3.6zM5 10.2a1.8 1.8 0 1 1 0 3.6 1.8 1.8 0 0 1 0-3.6z",
  person: "M8 2.2a2.6 2.6 0 1 1 0 5.2 2.6 2.6 0 0 1 0-5.2zM3 14c0-3 2-4.8 5-4.8s5 1.8 5 4.8",
  work: "M3 3h10v11H3zM6 1.8h4v2.4H6zM5.5 8l1.2 1.2L9 7M5.5 11.6h5",
  close: "M3 3l10 10M13 3 3 13",
  layers: "M8 2 14.5 5.5 8 9 1.5 5.5zM1.5 8.5 8 12l6.5-3.5M1.5 11.2 8 14.7l6.5-3.5",
  plus: "M8 2.5v11M2.5 8h11",
  minus: "M2.5 8h11",
  home: "M2 2h4M2 2v4M14 2h-4M14 2v4M2 14h4M2 14v-4M14 14h-4M14 14v-4",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  pin: "M8 14.5C5 11 3.5 8.8 3.5 6.5a4.5 4.5 0 0 1 9 0c0 2.3-1.5 4.5-4.5 8zM8 5a1.6 1.6 0 1 1 0 3.2A1.6 1.6 0 0 1 8 5z",
  chart: "M2 2v12h12M4.5 10.5 7.5 7l2.5 2 3.5-4.5",
  table: "M2 3h12v10H2zM2 6.3h12M2 9.6h12M6.5 6.3V13",
  download: "M8 2v8M4.8 7 8 10.2 11.2 7M2.5 13.5h11",
  pause: "M5.5 3v10M10.5 3v10",
  past: "M2.5 8a5.5 5.5 0 1 0 1.8-4.1M2.2 2.5v3h3M8 5v3.2l2.2 1.4",
  live: "M8 6.2a1.8 1.8 0 1 1 0 3.6 1.8 1.8 0 0 1 0-3.6zM4.8 11.2a4.5 4.5 0 0 1 0-6.4M11.2 4.8a4.5 4.5 0 0 1 0 6.4M2.6 13.4a7.6 7.6 0 0 1 0-10.8M13.4 2.6a7.6 7.6 0 0 1 0 10.8",
  play: "M5 3l7.5 5L5 13z",
  up: "M3.5 10 8 5.5l4.5 4.5",
  down: "M3.5 6 8 10.5 12.5 6",
  left: "M10 3.5 5.5 8l4.5 4.5",
  right: "M6 3.5 10.5 8 6 12.5",
  link: "M6.5 9.5l3-3M7 4.5l1.3-1.3a3 3 0 0 1 4.3 4.3L11.3 8.8M9 11.5l-1.3 1.3a3 3 0 0 1-4.3-4.3l1.3-1.3",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth={1.4} strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
