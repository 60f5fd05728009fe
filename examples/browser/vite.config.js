import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../../src/', import.meta.url));

/** Inside this repository the package is its source; with `npm i hesper` the alias is not needed, nor anything else here. */
export default {
  resolve: { alias: [{ find: /^hesper\/(.*)$/, replacement: `${source}$1.ts` }] },
  worker: { format: 'es' },
  build: { target: 'es2022', modulePreload: false },
};
