export interface City {
  running: boolean;
}

export function world(options?: { movers?: number }): City;
