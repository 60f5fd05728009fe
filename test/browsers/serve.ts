import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Files } from './build-page.ts';

/** What the server computes for the page: bytes posted to a path, bytes back. */
export type Routes = Readonly<Record<string, (body: Uint8Array) => Uint8Array | Promise<Uint8Array>>>;

export interface ServeOptions {
  readonly files: Files;
  readonly routes?: Routes;
  /** Cross-origin isolated: COOP and COEP, so that the page may share memory between threads. */
  readonly isolated?: boolean;
  /** A Content Security Policy. Default: none. */
  readonly policy?: string;
  /** Default: an empty page that loads /page.js. */
  readonly html?: string;
}

export interface Served {
  readonly url: string;
  /** Paths that were asked for, in order. */
  readonly requested: readonly string[];
  close(): Promise<void>;
}

const EMPTY =
  '<!doctype html><meta charset="utf-8"><title>Hesper</title><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>';

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json',
  svg: 'image/svg+xml',
  wasm: 'application/wasm',
};
const typeOf = (path: string): string => types[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream';

const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** Serves built files, and what `routes` compute, on a free port of the loopback interface. */
export async function serve({
  files,
  routes = {},
  isolated = false,
  policy,
  html = EMPTY,
}: ServeOptions): Promise<Served> {
  const all = new Map([['/', new TextEncoder().encode(html)], ...files]);
  const requested: string[] = [];
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://page').pathname;
    requested.push(path);
    const headers = { ...(isolated && isolation), ...(policy && { 'Content-Security-Policy': policy }) };
    reply(request, response, path, { all, routes, headers }).catch((error) => {
      response.writeHead(500, headers).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    requested,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Site {
  readonly all: Files;
  readonly routes: Routes;
  readonly headers: Readonly<Record<string, string>>;
}

async function reply(request: IncomingMessage, response: ServerResponse, path: string, site: Site): Promise<void> {
  const route = site.routes[path];
  const content = route ? await route(await bodyOf(request)) : site.all.get(path);
  if (!content) response.writeHead(404, site.headers).end();
  else {
    const type = path === '/' ? types.html : typeOf(path);
    response.writeHead(200, { ...site.headers, 'Content-Type': type, 'Content-Length': content.length }).end(content);
  }
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return new Uint8Array(Buffer.concat(parts));
}
