export function plateOf(): unknown;
export function command(plate: unknown, method: string, path: string, body: Record<string, unknown>): unknown;
