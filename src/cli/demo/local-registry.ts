/** Debian's docker-registry on a free port of loopback, with storage of its own. */
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { CommandError } from '../command.ts';
import { pause } from '../api-client.ts';
import { DemoProcess } from './child-process.ts';

export interface LocalRegistry {
  /** The registry part of image references. */
  readonly host: string;
  close(): Promise<void>;
}

const READY_MS = 15_000;
const POLL_MS = 20;

/** Resolves when it answers. */
export async function startRegistry(directory: string, signal: AbortSignal): Promise<LocalRegistry> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const host = `127.0.0.1:${await freePort()}`;
  const settings = join(directory, 'config.yml');
  await writeFile(settings, registrySettings(join(directory, 'storage'), host));
  const registry = new DemoProcess('docker-registry', [
    'env',
    'OTEL_TRACES_EXPORTER=none',
    'docker-registry',
    'serve',
    settings,
  ]);
  try {
    await registry.during(untilReady(host, signal));
  } catch (error) {
    await registry.end();
    throw error;
  }
  return { host, close: () => registry.end() };
}

function registrySettings(storage: string, host: string): string {
  return `version: 0.1
log: { level: warn, accesslog: { disabled: true } }
storage: { filesystem: { rootdirectory: ${JSON.stringify(storage)} } }
http: { addr: "${host}" }
`;
}

async function untilReady(host: string, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + READY_MS;
  while (!(await answers(`http://${host}/v2/`))) {
    signal.throwIfAborted();
    if (performance.now() > deadline) throw new CommandError(`The registry does not answer on ${host}.`);
    await pause(POLL_MS, signal);
  }
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.ok,
    () => false,
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
