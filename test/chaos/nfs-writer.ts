/**
 * A client of NFS that writes to the file system from inside whichever task runs, through all that befalls its server and
 * its task. What the server said it has on disk must be there.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { patient } from '../../src/ports/testing/patience.ts';
import { plainStream } from '../support/efs/mount-target-streams.ts';
import type { SharedFileSystem } from '../support/efs/shared-file-system.ts';
import { Vantage } from '../support/neargate/vantage.ts';
import { NfsClient } from '../support/nfs/nfs-client.ts';
import { NfsError } from '../support/nfs/nfs-error.ts';
import type { Fleet, FleetTask } from './fleet.ts';

const PAUSE_MS = 200;
/** A server that was killed waits for its clients of before, for twenty seconds. */
const SERVED_MS = patient(90_000);
/** Of a server that waits for its clients of before, or has no time. */
const LATER = 'EAGAIN';
const ROOT = { uid: 0, gid: 0 };

export interface NfsPlace {
  readonly dataDir: string;
  readonly fileSystem: SharedFileSystem;
  /** Of the mount target. */
  readonly address: string;
}

export class NfsWriter {
  readonly #place: NfsPlace;
  /** Files that are to be there. */
  #names: string[] = [];
  #count = 0;
  #failure = 'none yet';

  constructor(place: NfsPlace) {
    this.#place = place;
  }

  /** How many files it has written in all. */
  get committed(): number {
    return this.#count;
  }

  /** Writes until the signal fires. */
  async write(fleet: Fleet, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const task = fleet.alive.find(takesConnections);
      if (task === undefined) await delay(PAUSE_MS);
      else await this.#writeFrom(task, signal);
    }
  }

  /** Waits for a file to be written from now on while a task is there to write from; resolves with what broke. */
  async isServed(fleet: Fleet): Promise<string[]> {
    const before = this.#count;
    const isOver = (): boolean => this.#count > before || !fleet.alive.some(takesConnections);
    if (await fleet.until(isOver, SERVED_MS)) return [];
    return [`no file could be written by NFS for ${SERVED_MS / 1000} s: ${this.#failure}`];
  }

  /** Looks at the disk for what was written since the last time; resolves with what is missing. */
  async lost(): Promise<string[]> {
    const { dataDir, fileSystem } = this.#place;
    const lost: string[] = [];
    for (const name of this.#names.splice(0)) {
      const path = join(dataDir, 'efs', fileSystem.fileSystemId, name);
      const content = await readFile(path, 'utf8').catch(String);
      if (content !== contentOf(name)) lost.push(`${name}, written by NFS, is lost: ${content}`);
    }
    return lost;
  }

  async #writeFrom(task: FleetTask, signal: AbortSignal): Promise<void> {
    const { dataDir } = this.#place;
    const from = Vantage.inTask(dataDir, task.arn);
    // What is cut off with the task's namespace is never told of its end.
    const watch = setInterval(() => {
      if (signal.aborted || !takesConnections(task)) from.close();
    }, PAUSE_MS);
    let client: NfsClient | undefined;
    let isBroken = false;
    try {
      while (!signal.aborted && takesConnections(task)) {
        try {
          // As clients do after a break: what was open is reclaimed.
          if (client === undefined) client = await NfsClient.mount(await this.#stream(from), ROOT);
          else if (isBroken) await client.recover(await this.#stream(from));
          isBroken = false;
          await this.#writeOne(client);
        } catch (error) {
          this.#failure = String(error);
          if (!(error instanceof NfsError)) isBroken = true;
          else if (error.code !== LATER) {
            // The server has no use for what this client remembers.
            client?.session.drop();
            client = undefined;
          }
        }
        await delay(PAUSE_MS);
      }
    } finally {
      clearInterval(watch);
      from.close();
    }
  }

  #stream(from: Vantage): Promise<Duplex> {
    return plainStream({ ...this.#place, from });
  }

  async #writeOne(client: NfsClient): Promise<void> {
    const name = `by-nfs-${this.#count + 1}`;
    await client.writeFile(`/${name}`, contentOf(name));
    this.#count += 1;
    this.#names.push(name);
  }
}

function contentOf(name: string): string {
  return `content of ${name}\n`;
}

/** Runs on until it is stopped. */
function takesConnections({ kind, seen, stopAsked }: FleetTask): boolean {
  return kind.end === 'stopped' && seen.lastStatus === 'RUNNING' && !stopAsked;
}
