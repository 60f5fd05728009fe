import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/**
 * Who may import whom (the table of ARCHITECTURE.md). Keys are folders below src/ (longest match wins), values are
 * folders or files. `errors.ts` is open to all, and a folder may import itself. The doors are the files in src/.
 */
const table: Record<string, readonly string[]> = {
  format: [],
  kernel: [],
  evaluator: [],
  graph: [],
  security: [],
  ring: ['kernel'],
  rlwe: ['format', 'ring', 'kernel', 'security'],
  'rlwe/secret': ['format', 'rlwe', 'ring', 'kernel', 'security'],
  // Foreign bytes to our objects and back.
  seal: ['format', 'rlwe', 'ring', 'kernel', 'security'],
  schemes: ['rlwe', 'ring', 'kernel', 'evaluator', 'security'],
  circuits: ['evaluator'],
  packing: ['graph'],
  ops: ['graph', 'packing', 'evaluator', 'circuits'],
  compiler: ['format', 'ops', 'graph', 'packing', 'evaluator', 'circuits', 'security', 'ring/primes.ts'],
  heras: ['graph', 'ops'],
  training: ['heras', 'graph', 'circuits/approximate'],
  runtime: ['evaluator', 'compiler/plan.ts'],
  service: ['compiler/plan.ts', 'format', 'rlwe'],
  'service/store': ['format'],
  'service/server': [
    'format',
    'service/store',
    'service',
    'runtime',
    'evaluator',
    'compiler/bfv/trace.ts',
    'compiler/plan.ts',
    'compiler/retrace.ts',
    'compiler/client-plan.ts',
    'schemes',
    'rlwe',
    'kernel',
  ],
  'service/client': [
    'format',
    'service',
    'schemes',
    'rlwe',
    'rlwe/secret',
    'compiler/plan.ts',
    'compiler/client-plan.ts',
    'graph/input.ts',
    'packing',
    'kernel',
  ],
  // Encrypts, evaluates and decrypts in one place: for the key owner's own checks.
  verification: ['compiler', 'evaluator', 'graph', 'ops', 'rlwe', 'rlwe/secret', 'schemes', 'kernel'],
  cli: ['cli/bench', 'index.ts', 'he.ts', 'circuits.ts', 'verify.ts', 'training.ts', 'client.ts', 'server.ts'],
  // Benchmarks also time what lies under the doors.
  'cli/bench': [
    'cli',
    'index.ts',
    'he.ts',
    'circuits.ts',
    'training.ts',
    'client.ts',
    'server.ts',
    'kernel/kernel.ts',
    'ring/primes.ts',
  ],
};
const doors = ['index.ts', 'he.ts', 'circuits.ts', 'seal.ts', 'verify.ts', 'training.ts', 'client.ts', 'server.ts'];

const src = fileURLToPath(new URL('../src', import.meta.url));
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((f) => f.endsWith('.ts') && !/\.(test|conformance)\.ts$/.test(f))
  .sort();

/** Relative imports of a file, static and dynamic, as paths below src/; `types` too, since they bind as well. */
function imports(file: string): string[] {
  const text = readFileSync(join(src, file), 'utf8');
  const found = text.matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g);
  return [...found].map((m) => relative(src, join(src, dirname(file), m[1]!)));
}

const edges = new Map(files.map((f) => [f, imports(f).filter((t) => t.endsWith('.ts'))]));

const folderOf = (file: string): string => {
  const keys = Object.keys(table).filter((k) => file.startsWith(`${k}/`));
  return keys.sort((a, b) => b.length - a.length)[0] ?? file;
};

function allowed(from: string, to: string): boolean {
  const home = folderOf(from);
  if (to === 'errors.ts' || doors.includes(from)) return true;
  if (from === 'errors.ts') return to === 'dispose.ts';
  if (folderOf(to) === home) return true;
  // A folder with a stricter child (rlwe and rlwe/secret): only an explicit entry opens the child.
  const target = folderOf(to);
  return (table[home] ?? []).some((a) => a === to || a === target || (target === a && to.startsWith(`${a}/`)));
}

describe('architecture', () => {
  it('every source file has a home in the table', () => {
    const homeless = files.filter((f) => !(folderOf(f) in table) && ![...doors, 'errors.ts', 'dispose.ts'].includes(f));
    expect(homeless).toEqual([]);
  });

  it('imports follow the table', () => {
    const bad = [...edges].flatMap(([from, tos]) =>
      tos.filter((to) => !allowed(from, to)).map((to) => `${from} -> ${to}`),
    );
    expect(bad).toEqual([]);
  });

  it('would see a forbidden import', () => {
    expect(allowed('service/server/session.ts', 'rlwe/secret/secret-key.ts')).toBe(false);
    expect(allowed('kernel/native.ts', 'ring/primes.ts')).toBe(false);
    expect(allowed('rlwe/encrypt.ts', 'rlwe/secret/decrypt.ts')).toBe(false);
    expect(allowed('service/client/client.ts', 'rlwe/secret/decrypt.ts')).toBe(true);
  });

  it('has no import cycle', () => {
    expect(findCycle(edges)).toBe(null);
  });

  it('would see an import cycle', () => {
    expect(
      findCycle(
        new Map([
          ['a', ['b']],
          ['b', ['c']],
          ['c', ['a']],
        ]),
      ),
    ).toEqual(['a', 'b', 'c', 'a']);
  });

  it('uses erasable imports with the .ts ending', () => {
    const bad = files.flatMap((f) =>
      imports(f)
        .filter((t) => !/\.(ts|json|wasm)$/.test(t))
        .map((t) => `${f}: ${t}`),
    );
    expect(bad).toEqual([]);
  });
});

function findCycle(graph: ReadonlyMap<string, readonly string[]>): string[] | null {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (node: string): string[] | null => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return null;
    path.push(node);
    for (const next of graph.get(node) ?? []) {
      const cycle = visit(next);
      if (cycle) return cycle;
    }
    path.pop();
    done.add(node);
    return null;
  };
  for (const node of graph.keys()) {
    const cycle = visit(node);
    if (cycle) return cycle;
  }
  return null;
}
