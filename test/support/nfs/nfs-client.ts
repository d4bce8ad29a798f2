/**
 * An NFSv4.1 client for tests, with the user of its choice, over any stream. It follows no symbolic link, as no
 * server does for a client. Errors are `NfsError`s. Paths begin with `/`, the root of what is exported.
 */
import type { Duplex } from 'node:stream';
import { NfsFile, type OpenFile } from './nfs-file.ts';
import { NfsSession } from './nfs-session.ts';
import * as nfs from './nfs4-operations.ts';
import type { Credentials } from './rpc-connection.ts';

export interface OpenOptions {
  /** Default `read`. */
  readonly for?: 'read' | 'write' | 'both';
  /** A file is made when there is none, with this mode. */
  readonly create?: number;
  /** It must not be there. */
  readonly exclusive?: boolean;
}

const SHARES = { read: nfs.SHARE_READ, write: nfs.SHARE_WRITE, both: nfs.SHARE_READ | nfs.SHARE_WRITE };
const PIECE_BYTES = 2 ** 20;

export class NfsClient {
  readonly session: NfsSession;
  readonly #files = new Set<OpenFile>();

  private constructor(session: NfsSession) {
    this.session = session;
  }

  /** A client with a session on `stream`. */
  static async mount(stream: Duplex, credentials: Credentials): Promise<NfsClient> {
    const session = new NfsSession(credentials);
    try {
      await session.begin(stream);
      await session.reclaimComplete();
    } catch (error) {
      session.drop();
      throw error;
    }
    return new NfsClient(session);
  }

  /** Goes on at a server that has restarted: opens and locks what was open and locked. */
  async recover(stream: Duplex): Promise<void> {
    await this.session.begin(stream);
    for (const file of this.#files) await file.reclaim();
    await this.session.reclaimComplete();
  }

  async names(path: string): Promise<string[]> {
    const names: string[] = [];
    const directory = nfs.putHandle(await this.handle(path));
    for (let at: nfs.DirectoryPlace | undefined = nfs.DIRECTORY_START; at !== undefined; ) {
      const page: nfs.DirectoryPage = (await this.session.compound([directory, nfs.readDirectory(at)]))[1];
      names.push(...page.names);
      at = page.next;
    }
    return names.toSorted();
  }

  /** Of a symbolic link, its own. */
  async stat(path: string): Promise<nfs.NfsStat> {
    return this.#at(path, nfs.getAttributes());
  }

  async handle(path: string): Promise<Buffer> {
    return Buffer.from(await this.#at(path, nfs.getHandle()));
  }

  /** What the server says of an access: bits of READ 1, LOOKUP 2, MODIFY 4, EXTEND 8, DELETE 16, EXECUTE 32. */
  access(path: string, mask: number): Promise<number> {
    return this.#at(path, nfs.access(mask));
  }

  async open(path: string, options: OpenOptions = {}): Promise<NfsFile> {
    const [directory, name] = split(path);
    const share = SHARES[options.for ?? 'read'];
    const owner = `owner ${this.#files.size}`;
    const { create, exclusive = false } = options;
    const request = {
      clientId: this.session.clientId,
      owner,
      share,
      name,
      ...(create !== undefined && { create: { mode: create, exclusive } }),
    };
    const parent = await this.handle(directory);
    const [, state, handle] = await this.session.compound([
      nfs.putHandle(parent),
      nfs.open(request),
      nfs.getHandle(),
    ]);
    const file = new NfsFile(this.session, { handle: Buffer.from(handle), state, owner, share }, () =>
      this.#files.delete(file),
    );
    this.#files.add(file);
    return file;
  }

  async readFile(path: string): Promise<Buffer> {
    const file = await this.open(path);
    try {
      const pieces: Buffer[] = [];
      for (let offset = 0; ; offset += pieces.at(-1)?.length ?? 0) {
        const piece = await file.read(offset, PIECE_BYTES);
        if (piece.length === 0) return Buffer.concat(pieces);
        pieces.push(piece);
      }
    } finally {
      await file.close();
    }
  }

  /** Makes or replaces a file; its content is on the server's disk when this resolves. */
  async writeFile(path: string, content: string | Buffer, mode = 0o644): Promise<void> {
    const file = await this.open(path, { for: 'both', create: mode });
    try {
      await this.truncate(path, 0);
      await file.write(0, Buffer.from(content));
      await file.commit();
    } finally {
      await file.close();
    }
  }

  async mkdir(path: string, mode = 0o755): Promise<void> {
    await this.#inParent(path, (name) => nfs.create(name, { type: 'directory', mode }));
  }

  /** A symbolic link at `path`. */
  async symlink(target: string, path: string): Promise<void> {
    await this.#inParent(path, (name) => nfs.create(name, { type: 'link', target }));
  }

  readlink(path: string): Promise<string> {
    return this.#at(path, nfs.readLink());
  }

  /** A file, a link, or an empty directory. */
  async remove(path: string): Promise<void> {
    await this.#inParent(path, nfs.remove);
  }

  async rename(from: string, to: string): Promise<void> {
    const [fromDirectory, fromName] = split(from);
    const [toDirectory, toName] = split(to);
    const source = await this.handle(fromDirectory);
    const target = await this.handle(toDirectory);
    await this.session.compound([
      nfs.putHandle(source),
      nfs.saveHandle(),
      nfs.putHandle(target),
      nfs.rename(fromName, toName),
    ]);
  }

  /** A second name of a file. */
  async link(existing: string, path: string): Promise<void> {
    const file = await this.handle(existing);
    const [directory, name] = split(path);
    const parent = await this.handle(directory);
    await this.session.compound([
      nfs.putHandle(file),
      nfs.saveHandle(),
      nfs.putHandle(parent),
      nfs.link(name),
    ]);
  }

  async chmod(path: string, mode: number): Promise<void> {
    await this.#at(path, nfs.setAttributes({ mode }));
  }

  /** Absent: left as it is. */
  async chown(path: string, owner: { readonly uid?: number; readonly gid?: number }): Promise<void> {
    await this.#at(path, nfs.setAttributes(owner));
  }

  async truncate(path: string, size: number): Promise<void> {
    await this.#at(path, nfs.setAttributes({ size }));
  }

  /** Ends the session and the connection, also when the server is gone or knows us no more. */
  async close(): Promise<void> {
    await this.session.leave().catch(() => undefined);
    this.session.drop();
  }

  async #at<T>(path: string, operation: nfs.Operation<T>): Promise<T> {
    const steps = parts(path).map((name) => (name === '..' ? nfs.lookupParent() : nfs.lookup(name)));
    const operations: readonly nfs.Operation<unknown>[] = [nfs.putRootHandle(), ...steps, operation];
    const answers = await this.session.compound(operations);
    return answers.at(-1) as T;
  }

  async #inParent(path: string, operation: (name: string) => nfs.Operation<void>): Promise<void> {
    const [directory, name] = split(path);
    await this.#at(directory, operation(name));
  }
}

function parts(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}

function split(path: string): [directory: string, name: string] {
  const all = parts(path);
  return [all.slice(0, -1).join('/'), all.at(-1) ?? ''];
}
