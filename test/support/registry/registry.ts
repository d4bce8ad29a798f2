/** Starts the machine's docker-registry (CNCF distribution) on a free loopback port, and takes all of it away again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { patient } from '../../../src/ports/testing/patience.ts';
import { nextPort } from '../../../src/ports/testing/machine-share.ts';

export interface TestRegistry {
  /** `127.0.0.1:<port>`: the registry part of an image reference. */
  readonly host: string;
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  readonly directory: string;
  close(): Promise<void>;
}

const PROGRAM = '/usr/bin/docker-registry';
const READY_MS = patient(15_000);

/** Undefined when the machine can run a registry, else why not (for `skip`). */
export async function registryMissing(): Promise<string | undefined> {
  return access(PROGRAM).then(
    () => undefined,
    () => `${PROGRAM} is missing (Debian package docker-registry)`,
  );
}

/** Resolves when the registry answers. */
export async function startRegistry(options: { port?: number } = {}): Promise<TestRegistry> {
  const directory = await mkdtemp(join(tmpdir(), 'neargate-registry-'));
  const port = options.port ?? nextPort();
  await writeFile(join(directory, 'config.yml'), configuration(directory, port));
  const child = spawn(PROGRAM, ['serve', join(directory, 'config.yml')], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: '/usr/bin:/bin', OTEL_TRACES_EXPORTER: 'none' },
  });
  const output: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => output.push(text));
  // A test that ends without closing leaves no process behind.
  const killAtExit = (): void => void child.kill('SIGKILL');
  process.once('exit', killAtExit);
  const close = async (): Promise<void> => {
    process.removeListener('exit', killAtExit);
    await stop(child);
    await rm(directory, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await untilReady(url, child);
  } catch (error) {
    await close();
    throw new Error(`docker-registry did not start: ${output.join('').slice(-2000)}`, { cause: error });
  }
  return { host: `127.0.0.1:${port}`, url, directory, close };
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + READY_MS;
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`it left with status ${child.exitCode}`);
    const status = await fetch(`${url}/v2/`).then(
      (response) => response.status,
      () => 0,
    );
    if (status === 200) return;
    await delay(20);
  }
  throw new Error(`no answer within ${READY_MS} ms`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

function configuration(directory: string, port: number): string {
  return `version: 0.1
log: { level: error, accesslog: { disabled: true } }
storage:
  filesystem: { rootdirectory: ${directory}/storage }
  delete: { enabled: true }
http: { addr: "127.0.0.1:${port}" }
`;
}
