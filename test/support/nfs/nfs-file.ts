/** A file that a client has open at an NFSv4.1 server. */
import type { NfsSession } from './nfs-session.ts';
import * as nfs from './nfs4-operations.ts';

/** What a client has to reclaim when the server restarts. */
export interface OpenFile {
  reclaim(): Promise<void>;
}

interface Opened {
  readonly handle: Buffer;
  readonly state: nfs.StateId;
  readonly owner: string;
  readonly share: number;
}

const PIECE_BYTES = 2 ** 20;

export class NfsFile implements OpenFile {
  readonly handle: Buffer;
  readonly #session: NfsSession;
  readonly #opened: Opened;
  readonly #onClose: () => void;
  #state: nfs.StateId;
  #lock: { readonly type: number; readonly state: nfs.StateId } | undefined;

  constructor(session: NfsSession, opened: Opened, onClose: () => void) {
    this.handle = opened.handle;
    this.#session = session;
    this.#opened = opened;
    this.#onClose = onClose;
    this.#state = opened.state;
  }

  /** At most so many bytes; none at the end. */
  async read(offset: number, count: number): Promise<Buffer> {
    const [, content] = await this.#session.compound([
      nfs.putHandle(this.handle),
      nfs.read(this.#state, offset, count),
    ]);
    return content;
  }

  /**
   * All of them, in pieces of up to 1 MiB. Without `stable` they may be lost with the server until `commit`. Answers
   * with the server's verifier: another one at `commit` says that they may have been.
   */
  async write(offset: number, content: Buffer, { stable = false } = {}): Promise<string> {
    let verifier = '';
    for (let done = 0; done < content.length; ) {
      const [, answer] = await this.#session.compound([
        nfs.putHandle(this.handle),
        nfs.write(this.#state, {
          offset: offset + done,
          content: content.subarray(done, done + PIECE_BYTES),
          stable: stable ? nfs.FILE_SYNC : nfs.UNSTABLE,
        }),
      ]);
      done += answer.count;
      ({ verifier } = answer);
    }
    return verifier;
  }

  /** What was written is on the server's disk. */
  async commit(): Promise<string> {
    const [, verifier] = await this.#session.compound([nfs.putHandle(this.handle), nfs.commit()]);
    return verifier;
  }

  /** Locks the whole file, as fcntl does, without waiting: `EAGAIN` when it is taken. */
  async lock(kind: 'read' | 'write'): Promise<void> {
    await this.#lockNow(kind === 'read' ? nfs.READ_LOCK : nfs.WRITE_LOCK, false);
  }

  async unlock(): Promise<void> {
    if (this.#lock === undefined) return;
    await this.#session.compound([nfs.putHandle(this.handle), nfs.unlock(this.#lock.type, this.#lock.state)]);
    this.#lock = undefined;
  }

  async reclaim(): Promise<void> {
    const { owner, share } = this.#opened;
    const { clientId } = this.#session;
    [, this.#state] = await this.#session.compound([
      nfs.putHandle(this.handle),
      nfs.open({ clientId, owner, share }),
    ]);
    if (this.#lock !== undefined) await this.#lockNow(this.#lock.type, true);
  }

  async close(): Promise<void> {
    this.#onClose();
    await this.unlock();
    await this.#session.compound([nfs.putHandle(this.handle), nfs.close(this.#state)]);
  }

  async #lockNow(type: number, isReclaimed: boolean): Promise<void> {
    const { clientId } = this.#session;
    const { owner } = this.#opened;
    const [, state] = await this.#session.compound([
      nfs.putHandle(this.handle),
      nfs.lock({ clientId, owner, type, openState: this.#state, isReclaimed }),
    ]);
    this.#lock = { type, state };
  }
}
