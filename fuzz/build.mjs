// Bundles the fuzz targets and the library's sources. `instrumented`: with counters for the fuzzer. `replacements`:
// changes of the sources, for tests that plant a fault.
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { instrument } from './instrument.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The library's own modules, and those that unpack what others compressed. */
const instrumentable = (id) => id.startsWith(`${root}src/`) || /node_modules\/(fflate|fzstd)\//.test(id);

/** @param {{ out: string, instrumented?: boolean, replacements?: readonly { file: string, from: string, to: string }[] }} options */
export async function bundle({ out, instrumented = true, replacements = [] }) {
  const left = new Set(replacements);
  const replace = {
    name: 'replace',
    transform(code, id) {
      let text = code;
      for (const one of replacements) {
        if (!id.endsWith(`/src/${one.file}`)) continue;
        if (!text.includes(one.from)) throw new Error(`${one.file} no longer has: ${one.from}`);
        text = text.replace(one.from, one.to);
        left.delete(one);
      }
      return text === code ? undefined : { code: text, map: null };
    },
  };
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    plugins: [
      { ...replace, enforce: 'pre' },
      {
        name: 'instrument',
        enforce: 'post',
        transform: (code, id) =>
          instrumented && instrumentable(id) ? { code: instrument(code, id), map: null } : undefined,
      },
    ],
    ssr: { noExternal: true, external: ['node-seal'] },
    build: {
      ssr: true,
      target: 'node20',
      minify: false,
      outDir: out,
      emptyOutDir: true,
      rolldownOptions: {
        treeshake: { moduleSideEffects: true },
        input: ['fuzz', 'seeds'].map((name) => `${root}fuzz/${name}.ts`),
        output: { format: 'esm', entryFileNames: '[name].mjs', chunkFileNames: 'chunks/[name].mjs' },
      },
    },
  });
  if (left.size > 0) throw new Error(`Never bundled: ${[...left].map(({ file }) => file).join(', ')}`);
}
