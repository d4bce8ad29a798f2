/** What a client of NFS sees of a file system, at a directory below what is exported; a client for each user. */
import type { Duplex } from 'node:stream';
import { NfsClient } from '../nfs/nfs-client.ts';
import type { EfsView, Operation } from './efs-view.ts';

export class NfsView implements EfsView {
  readonly #connect: () => Promise<Duplex>;
  readonly #directory: string;
  readonly #clients = new Map<number, Promise<NfsClient>>();

  /** `directory` as `rootDirectory` of a volume. */
  constructor(connect: () => Promise<Duplex>, directory = '') {
    this.#connect = connect;
    this.#directory = directory;
  }

  async act(user: number, operation: Operation): Promise<string> {
    const client = await this.#clientOf(user);
    const path = `${this.#directory}${operation[1]}`;
    switch (operation[0]) {
      case 'stat': {
        const { uid, gid, mode } = await client.stat(path);
        return `${uid} ${gid} ${mode.toString(8)}`;
      }
      case 'read':
        return String(await client.readFile(path));
      case 'list':
        return (await client.names(path)).join(' ');
      case 'write':
        await client.writeFile(path, operation[2]);
        break;
      case 'mkdir':
        await client.mkdir(path, Number.parseInt(operation[2], 8));
        break;
      case 'chmod':
        await client.chmod(path, Number.parseInt(operation[2], 8));
        break;
      case 'rename':
        await client.rename(path, `${this.#directory}${operation[2]}`);
        break;
      case 'chown':
        await client.chown(path, { uid: operation[2], gid: operation[3] });
        break;
      case 'remove':
        await client.remove(path);
    }
    return 'ok';
  }

  async close(): Promise<void> {
    for (const client of this.#clients.values()) await (await client).close();
  }

  async #clientOf(user: number): Promise<NfsClient> {
    const known = this.#clients.get(user);
    if (known !== undefined) return await known;
    const made = this.#connect().then((stream) => NfsClient.mount(stream, { uid: user, gid: user }));
    this.#clients.set(user, made);
    return await made;
  }
}
