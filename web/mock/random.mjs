/** Numbers that look random and are the same on every run. */

export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = state;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
  };
}

export function hash(text) {
  let h = 2166136261;
  for (let i = 0; i < text.length; i += 1) {
    h ^= text.charCodeAt(i);
    h = Math.imul(h, 16777619);
  }
  return h >>> 0;
}

/** Value noise in [-1, 1], smooth in `x`, its own for each key. */
export function noise(key, x) {
  const cell = Math.floor(x);
  const fraction = x - cell;
  const at = (n) => (hash(`${key}:${n}`) / 4294967295) * 2 - 1;
  const eased = fraction * fraction * (3 - 2 * fraction);
  return at(cell) * (1 - eased) + at(cell + 1) * eased;
}
