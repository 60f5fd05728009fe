import { fileURLToPath } from 'node:url';
import { build, type Plugin, type Rollup } from 'vite';

const root = fileURLToPath(new URL('../../', import.meta.url));
const source = (name: string): string => `${root}src/${name}.ts`;

/** Files by the path that a page asks for. */
export type Files = ReadonlyMap<string, Uint8Array>;

export interface PageBuild {
  /** A module below the repository whose exported functions can be called, e.g. 'test/browsers/page.ts'. */
  readonly entry: string;
  /** Modules that stand in for others, by the name that imports say. Paths below the repository. */
  readonly alias?: Readonly<Record<string, string>>;
  readonly minify?: boolean;
}

/** Both run `entry`: 'page.js' on the main thread, 'worker.js' in a module worker that answers one call at a time. */
const glue: Readonly<Record<string, string>> = {
  'virtual:page': `
    import * as entry from 'virtual:entry';
    import { serveCalls } from 'virtual:calls';
    globalThis.hesperPage = serveCalls(entry, () => new Worker('/worker.js', { type: 'module' }));
  `,
  'virtual:worker': `
    import * as entry from 'virtual:entry';
    import { answerCalls } from 'virtual:calls';
    answerCalls(entry, globalThis);
  `,
};
const modules: Readonly<Record<string, string>> = { 'virtual:calls': `${root}test/browsers/calls.ts` };

/** @internal Also what the size of a client is measured on: nothing but Vite's own build decides what is in it. */
export async function buildPage({ entry, alias = {}, minify = false }: PageBuild): Promise<Files> {
  const result = (await build({
    root,
    base: '/',
    configFile: false,
    logLevel: 'warn',
    plugins: [virtual(`${root}${entry}`)],
    resolve: { alias: [...hesper, ...Object.entries(alias).map(([find, to]) => ({ find, replacement: root + to }))] },
    worker: { format: 'es' },
    build: {
      write: false,
      minify,
      target: 'es2022',
      modulePreload: false,
      rollupOptions: {
        input: { page: 'virtual:page', worker: 'virtual:worker' },
        preserveEntrySignatures: false,
        output: { entryFileNames: '[name].js' },
      },
    },
  })) as Rollup.RollupOutput;
  return new Map(result.output.map((file) => [`/${file.fileName}`, bytesOf(file)]));
}

/** Pages import the package by its name, as users do; here that is the source. */
const hesper = [
  { find: /^hesper$/, replacement: source('index') },
  { find: /^hesper\/(.*)$/, replacement: source('$1') },
];

const virtual = (entry: string): Plugin => ({
  name: 'hesper-page',
  enforce: 'pre',
  resolveId: (id) => (id === 'virtual:entry' ? entry : (modules[id] ?? (id in glue ? `\0${id}` : undefined))),
  load: (id) => (id.startsWith('\0') ? glue[id.slice(1)] : undefined),
});

const bytesOf = (file: Rollup.OutputChunk | Rollup.OutputAsset): Uint8Array => {
  const content = file.type === 'chunk' ? file.code : file.source;
  return typeof content === 'string' ? new TextEncoder().encode(content) : content;
};
