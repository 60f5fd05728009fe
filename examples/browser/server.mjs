// The server: gives the built page to browsers, and runs a network on what they encrypt. It never sees a secret key.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadShippedModel, plan, rowsOf } from 'hesper';
import { InferenceServer, loadKernel } from 'hesper/server';
import { loadMnistSet } from 'hesper/training';

const MAX_BODY = 256 * 2 ** 20;
const MAX_SESSIONS = 16;
const root = new URL('./dist/', import.meta.url);
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.wasm': 'application/wasm' };

const model = await loadShippedModel('cryptonets');
const typical = rowsOf((await loadMnistSet('train', { limit: 256 })).images);
const service = new InferenceServer(await loadKernel(), plan(model.toGraph(), { calibration: typical }));
const digits = (await loadMnistSet('test', { limit: 20 })).images.data;
const sessions = new Map();

/** What the server answers with bytes; `session` names the browser. */
const routes = {
  '/digits': () => new Uint8Array(digits.buffer, digits.byteOffset, digits.byteLength),
  '/offer': () => service.offer(),
  '/hello': (body, session) => {
    const opened = service.accept(body);
    sessions.get(session)?.dispose();
    sessions.delete(session);
    sessions.set(session, opened);
    if (sessions.size > MAX_SESSIONS) end(sessions.keys().next().value);
    return opened.ready();
  },
  '/request': (body, session) => sessions.get(session).handle(body),
};

function end(session) {
  sessions.get(session).dispose();
  sessions.delete(session);
}

const server = createServer(async (request, response) => {
  try {
    const { pathname, searchParams } = new URL(request.url, 'http://here');
    const route = Object.hasOwn(routes, pathname) ? routes[pathname] : undefined;
    const content = route ? route(await bodyOf(request), searchParams.get('session')) : await file(pathname);
    const type = types[extname(pathname === '/' ? 'index.html' : pathname)] ?? 'application/octet-stream';
    response.writeHead(200, { 'Content-Type': type, 'Content-Length': content.length }).end(content);
  } catch (error) {
    console.error(error.message);
    response.writeHead(error.code === 'ENOENT' ? 404 : 400).end();
  }
});

/** A built file; names with '..' were resolved by URL and cannot leave the folder. */
const file = (pathname) => readFile(fileURLToPath(new URL(`.${pathname === '/' ? '/index.html' : pathname}`, root)));

async function bodyOf(request) {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY) throw new Error('a request too large');
  const parts = [];
  for await (const part of request) parts.push(part);
  return new Uint8Array(Buffer.concat(parts));
}

server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}/`);
});
