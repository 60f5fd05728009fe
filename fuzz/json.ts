import type { Random } from './random.ts';

const values: readonly unknown[] = [
  0,
  1,
  -1,
  2,
  0.5,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  1e300,
  -0,
  null,
  true,
  '',
  'x',
  [],
  {},
  [[0, 4194304]],
  [[0, 0]],
  [0, 1],
]; // prettier-ignore

/** JSON with some values changed: numbers moved, fields removed, repeated or taken from elsewhere. Undefined if it is none. */
export function changedJson(bytes: Uint8Array, random: Random): Uint8Array | undefined {
  let root: unknown;
  try {
    root = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
  const places = placesOf(root);
  if (places.length === 0) return undefined;
  for (let i = 0; i <= random.below(3); i++) change(random.one(places), random, places);
  return new TextEncoder().encode(JSON.stringify(root));
}

interface Place {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

function placesOf(root: unknown, places: Place[] = []): Place[] {
  if (typeof root !== 'object' || root === null) return places;
  for (const key of Object.keys(root)) {
    const holder = root as Record<string, unknown>;
    places.push({ holder, key });
    placesOf(holder[key], places);
  }
  return places;
}

function change({ holder, key }: Place, random: Random, places: readonly Place[]): void {
  const value = holder[key];
  const kind = random.below(6);
  if (kind === 0) {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else delete holder[key];
  } else if (kind === 1) holder[key] = random.one(values);
  else if (kind === 2) {
    const from = random.one(places);
    const other = from.holder[from.key];
    holder[key] = other === undefined ? 0 : structuredClone(other);
  } else if (kind === 3 && Array.isArray(holder)) holder.push(structuredClone(value ?? 0));
  else if (typeof value === 'number')
    holder[key] = random.rarely(2) ? value + random.below(9) - 4 : value * random.one([0, -1, 2, 1000, 0.1]);
  else if (typeof value === 'boolean') holder[key] = !value;
  else holder[key] = random.one(values);
}
