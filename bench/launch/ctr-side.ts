/** `ctr run -d` on a containerd of its own: what a task costs with nothing around it but its own namespaces. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManagedContainerd } from '../../src/drivers/containerd/managed-containerd.ts';
import type { Logger } from '../../src/ports/logger.ts';
import { run } from './processes.ts';
import { COMMAND, type LaunchSide } from './side.ts';

const NAMESPACE = 'bench';

export class CtrSide implements LaunchSide {
  readonly name = 'ctr run -d';
  readonly what = 'from the start of the command to its end; own network namespace, nothing in it';
  readonly socket: string;
  readonly #image: string;
  readonly #directory: string;
  readonly #containerd: ManagedContainerd;

  private constructor(image: string, directory: string, containerd: ManagedContainerd, socket: string) {
    this.#image = image;
    this.#directory = directory;
    this.#containerd = containerd;
    this.socket = socket;
  }

  /** `image` lies in a registry on loopback. */
  static async create(image: string): Promise<CtrSide> {
    const directory = await mkdtemp(join(tmpdir(), 'ng-ctr-'));
    const containerd = new ManagedContainerd({ directory: join(directory, 'c'), log: silent });
    try {
      const { socketPath } = await containerd.start();
      const side = new CtrSide(image, directory, containerd, socketPath);
      await side.#ctr('image', 'pull', '--plain-http', image);
      return side;
    } catch (error) {
      await containerd.destroy();
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  async start(): Promise<string> {
    const id = `bench-${randomBytes(8).toString('hex')}`;
    await this.#ctr('run', '-d', this.#image, id, ...COMMAND);
    return id;
  }

  startMany(count: number): Promise<string[]> {
    return Promise.all(Array.from({ length: count }, () => this.start()));
  }

  /** Runs one until it ends, with its output in a file. */
  async runToEnd(command: readonly string[], outputPath: string): Promise<void> {
    const id = `bench-${randomBytes(8).toString('hex')}`;
    const script = 'exec ctr -a "$1" -n "$2" run --rm "$3" "$4" "${@:6}" > "$5"';
    const args = [this.socket, NAMESPACE, this.#image, id, outputPath, ...command];
    await run('bash', ['-c', script, 'bash', ...args]);
  }

  async remove(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      await this.#ctr('task', 'rm', '-f', id);
      await this.#ctr('container', 'rm', id);
    }
  }

  async close(): Promise<void> {
    await this.#containerd.destroy();
    await rm(this.#directory, { recursive: true, force: true });
  }

  #ctr(...args: string[]): Promise<string> {
    return run('ctr', ['-a', this.socket, '-n', NAMESPACE, ...args]);
  }
}

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};
