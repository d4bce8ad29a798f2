/**
 * Network namespaces: making them, pinning them under a name, and stepping into one for a few system calls.
 * What happens inside is strictly synchronous, so nothing else of this process ever runs in a foreign namespace;
 * when the way back fails the process ends at once, for the same reason.
 */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  statfsSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { hasErrno, nodeError } from './errno.ts';
import { C, call } from './libc.ts';
import { MS_BIND, MS_REC, MS_SHARED, mountNow, unmountNow } from './mount.ts';

const CLONE_NEWNET = 0x40000000;
const NSFS_MAGIC = 0x6e736673;

export class Namespaces {
  readonly #directory: string;
  readonly #home: number;

  /** `directory` is where names are pinned; `ip netns` looks into /run/netns. The home is the caller's namespace. */
  constructor(directory = '/run/netns') {
    this.#directory = directory;
    this.#home = openSync('/proc/thread-self/ns/net', 'r');
  }

  /** Makes the directory ready, as `ip netns` does: shared, so that removals reach every mount namespace. */
  prepare(): void {
    mkdirSync(this.#directory, { recursive: true, mode: 0o755 });
    try {
      mountNow({ source: '', target: this.#directory, type: 'none', flags: MS_SHARED | MS_REC });
    } catch (error) {
      if (!hasErrno(error, 'EINVAL')) throw error;
      mountNow({ source: this.#directory, target: this.#directory, type: 'none', flags: MS_BIND | MS_REC });
      mountNow({ source: '', target: this.#directory, type: 'none', flags: MS_SHARED | MS_REC });
    }
  }

  path(name: string): string {
    return join(this.#directory, name);
  }

  /** Runs `action` inside the namespace of a file descriptor. It must not be asynchronous. */
  inside<T>(namespace: number, action: () => T): T {
    call('setns', 'into a network namespace', namespace, CLONE_NEWNET);
    try {
      return refusePromise(action());
    } finally {
      this.#goHome();
    }
  }

  /** The same by a pinned name; `not-found` when there is none. */
  insideNamed<T>(name: string, action: () => T): T {
    const namespace = this.open(name);
    try {
      return this.inside(namespace, action);
    } finally {
      closeSync(namespace);
    }
  }

  /** Opens a pinned namespace; the caller closes it. `not-found` when it is absent or only half made. */
  open(name: string): number {
    try {
      return openSync(this.isPinned(name) ? this.path(name) : `${this.path(name)}/absent`, 'r');
    } catch (error) {
      throw nodeError(error, `network namespace ${name}`);
    }
  }

  /** The home namespace as a file descriptor, for moving interfaces into it. */
  get home(): number {
    return this.#home;
  }

  /** A new namespace that lasts as long as the returned file descriptor (or a pin) does. */
  create(): number {
    call('unshare', 'of the network', CLONE_NEWNET);
    try {
      return openSync('/proc/thread-self/ns/net', 'r');
    } finally {
      this.#goHome();
    }
  }

  /** Gives a namespace a name that outlives the process. `already-exists` when the name is taken. */
  pin(namespace: number, name: string): void {
    try {
      writeFileSync(this.path(name), '', { flag: 'wx', mode: 0o444 });
    } catch (error) {
      throw nodeError(error, `network namespace ${name}`);
    }
    mountNow({ source: `/proc/self/fd/${namespace}`, target: this.path(name), type: 'none', flags: MS_BIND });
  }

  /** True when the name is taken, also by a half-made one. */
  exists(name: string): boolean {
    return existsSync(this.path(name));
  }

  /** True when the name stands for a namespace; false when absent or when only the file was made. */
  isPinned(name: string): boolean {
    try {
      return statfsSync(this.path(name)).type === NSFS_MAGIC;
    } catch {
      return false;
    }
  }

  /** Takes the name away; the namespace ends when no process is in it. May be repeated. */
  unpin(name: string): void {
    unmountNow(this.path(name));
    try {
      unlinkSync(this.path(name));
    } catch (error) {
      const failure = nodeError(error, `network namespace ${name}`);
      if (failure.kind !== 'not-found') throw failure;
    }
  }

  /** Names with this prefix, also half-made ones. */
  list(prefix: string): string[] {
    try {
      return readdirSync(this.#directory).filter((name) => name.startsWith(prefix));
    } catch (error) {
      const failure = nodeError(error, this.#directory);
      if (failure.kind === 'not-found') return [];
      throw failure;
    }
  }

  close(): void {
    closeSync(this.#home);
  }

  #goHome(): void {
    // Whatever would follow in the wrong namespace is worse than a restart.
    if (C.setns(this.#home, CLONE_NEWNET) !== 0) process.abort();
  }
}

function refusePromise<T>(value: T): T {
  if (value instanceof Promise) throw new TypeError('an action inside a namespace must be synchronous');
  return value;
}
