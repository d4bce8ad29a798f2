/**
 * `docker run -d`: with the machine's daemon when it runs, else with a private one that touches neither bridges nor
 * firewall rules (its containers then have no network, which makes it faster than usual).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { access, mkdtemp, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { end, run, succeeds } from './processes.ts';
import { COMMAND, type LaunchSide } from './side.ts';

const READY_MS = 30_000;
const RUN_DIRECTORY = '/run/docker';

interface Daemon {
  readonly host: readonly string[];
  readonly network: string;
  readonly what: string;
  close(): Promise<void>;
}

export class DockerSide implements LaunchSide {
  readonly name = 'docker run -d';
  readonly what: string;
  readonly #daemon: Daemon;
  readonly #image: string;

  private constructor(daemon: Daemon, image: string) {
    this.what = daemon.what;
    this.#daemon = daemon;
    this.#image = image;
  }

  /** Resolves with the reason when there is no Docker. `containerdSocket` is for a private daemon. */
  static async create(image: string, containerdSocket: string): Promise<DockerSide | string> {
    if (!(await succeeds('docker', ['--version']))) return 'docker is not installed';
    const daemon = (await runningDaemon()) ?? (await privateDaemon(containerdSocket));
    if (typeof daemon === 'string') return daemon;
    const side = new DockerSide(daemon, image);
    try {
      await side.#docker('pull', '-q', image);
      return side;
    } catch (error) {
      await daemon.close();
      throw error;
    }
  }

  async start(): Promise<string> {
    return (
      await this.#docker('run', '-d', '--network', this.#daemon.network, this.#image, ...COMMAND)
    ).trim();
  }

  startMany(count: number): Promise<string[]> {
    return Promise.all(Array.from({ length: count }, () => this.start()));
  }

  /** Runs one until it ends, with its output in Docker's usual log file. */
  async runToEnd(command: readonly string[]): Promise<void> {
    const how = ['--log-driver', 'json-file', '--network', this.#daemon.network];
    const id = (await this.#docker('run', '-d', ...how, this.#image, ...command)).trim();
    await this.#docker('wait', id);
    await this.remove([id]);
  }

  async remove(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.#docker('rm', '-f', '-v', ...ids);
  }

  async close(): Promise<void> {
    await this.#docker('image', 'rm', '-f', this.#image).catch(() => undefined);
    await this.#daemon.close();
  }

  #docker(...args: string[]): Promise<string> {
    return run('docker', [...this.#daemon.host, ...args]);
  }
}

async function runningDaemon(): Promise<Daemon | undefined> {
  if (!(await succeeds('docker', ['version']))) return undefined;
  const what = "the machine's daemon, network bridge";
  return { host: [], network: 'bridge', what, close: () => Promise.resolve() };
}

async function privateDaemon(containerdSocket: string): Promise<Daemon | string> {
  if (!(await succeeds('dockerd', ['--version'])))
    return 'no docker daemon runs, and dockerd is not installed';
  const directory = await mkdtemp(join(tmpdir(), 'ng-docker-'));
  // Two things that it would put elsewhere: a key below /etc, and a directory below /run.
  await writeFile(
    join(directory, 'daemon.json'),
    JSON.stringify({ 'deprecated-key-path': join(directory, 'key') }),
  );
  const hadRunDirectory = await access(RUN_DIRECTORY).then(
    () => true,
    () => false,
  );
  const socket = `unix://${join(directory, 'd.sock')}`;
  const child = spawn('dockerd', daemonArguments(directory, socket, containerdSocket), {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const output: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => output.push(text));
  const close = async (): Promise<void> => {
    await end(child);
    for (const mount of await mountsBelow(directory)) await run('umount', [mount]).catch(() => undefined);
    await rm(directory, { recursive: true, force: true });
    if (!hadRunDirectory)
      for (const path of [`${RUN_DIRECTORY}/plugins`, RUN_DIRECTORY]) await removeEmpty(path);
  };
  if (await isReady(child, socket)) {
    const what = 'a private daemon without network (its usual bridge would make it slower)';
    return { host: ['--host', socket], network: 'none', what, close };
  }
  await close();
  return `dockerd does not start: ${output.join('').trim().split('\n').at(-1) ?? ''}`;
}

function daemonArguments(directory: string, socket: string, containerdSocket: string): string[] {
  return [
    ...['--config-file', join(directory, 'daemon.json')],
    ...['--data-root', join(directory, 'data'), '--exec-root', join(directory, 'run')],
    ...['--host', socket, '--pidfile', join(directory, 'pid'), '--containerd', containerdSocket],
    ...['--bridge', 'none', '--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false'],
  ];
}

async function isReady(child: ChildProcess, socket: string): Promise<boolean> {
  const deadline = performance.now() + READY_MS;
  while (child.exitCode === null && performance.now() < deadline) {
    if (await succeeds('docker', ['--host', socket, 'version'])) return true;
    await delay(100);
  }
  return false;
}

async function removeEmpty(directory: string): Promise<void> {
  await rmdir(directory).catch(() => undefined);
}

/** The deepest first. */
async function mountsBelow(directory: string): Promise<string[]> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  const paths = lines
    .map((line) => line.split(' ')[4] ?? '')
    .filter((path) => path.startsWith(`${directory}/`));
  return paths.toSorted((a, b) => b.length - a.length);
}
