/**
 * One pull that several tasks wait for. Its requests leave through the network of one of them, by turns when that
 * fails; a task that leaves takes only its own network away, and the last one to leave ends the work.
 */
import { AppError } from '../../domain/errors.ts';
import type { StoredImage } from '../../ports/image-store.ts';
import type { RegistryContext } from '../../ports/registry.ts';
import type { PullRequest } from './image-puller.ts';
import type { PullProgress } from './progress.ts';

/** Gives requests a network to leave by. */
export interface PullNetwork {
  /** Ends when nobody waits any more. */
  readonly signal: AbortSignal;
  /** Runs `operation` with one member's network; with another's when that member leaves meanwhile. */
  run<T>(turn: number, operation: (context: RegistryContext) => Promise<T>): Promise<T>;
  /** One member's network, for a stream. When it has left, go on from the last byte with another's. */
  member(turn: number): RegistryContext & { readonly left: () => boolean };
}

interface Member {
  readonly request: PullRequest;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: PullProgress) => void;
}

export class SharedPull implements PullNetwork {
  readonly #members = new Set<Member>();
  readonly #controller = new AbortController();
  readonly #result: Promise<StoredImage>;
  readonly signal: AbortSignal = this.#controller.signal;
  /** Resolves when the work has ended, well or not. */
  readonly settled: Promise<void>;

  constructor(
    first: Member,
    work: (network: PullNetwork, tell: (progress: PullProgress) => void) => Promise<StoredImage>,
  ) {
    this.#members.add(first);
    this.#result = work(this, (progress) => {
      for (const member of this.#members) member.onProgress(progress);
    });
    // Each waiter sees the failure by `join`; when none is left, nobody needs to.
    this.settled = this.#result.then(
      () => undefined,
      () => undefined,
    );
  }

  /** Waits as this member: until the image is there, the work has failed, or the member's own signal fires. */
  async join(member: Member): Promise<StoredImage> {
    this.#members.add(member);
    let leave = (): void => undefined;
    const left = new Promise<never>((_resolve, reject) => {
      leave = () => {
        this.#members.delete(member);
        if (this.#members.size === 0) this.#controller.abort();
        reject(new AppError('aborted', 'the pull was cancelled'));
      };
      if (member.signal.aborted) leave();
      else member.signal.addEventListener('abort', leave, { once: true });
    });
    try {
      return await Promise.race([this.#result, left]);
    } finally {
      member.signal.removeEventListener('abort', leave);
      this.#members.delete(member);
    }
  }

  async run<T>(turn: number, operation: (context: RegistryContext) => Promise<T>): Promise<T> {
    for (;;) {
      const context = this.member(turn);
      try {
        return await operation(context);
      } catch (error) {
        if (this.signal.aborted || !context.left()) throw error;
      }
    }
  }

  member(turn: number): RegistryContext & { readonly left: () => boolean } {
    const members = [...this.#members];
    const member = members[turn % members.length];
    if (member === undefined) throw new AppError('aborted', 'nobody waits for the image any more');
    const { dialer, auth } = member.request;
    return {
      dialer,
      ...(auth === undefined ? {} : { auth }),
      signal: AbortSignal.any([this.signal, member.signal]),
      left: () => member.signal.aborted,
    };
  }
}
