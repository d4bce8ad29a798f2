/**
 * Hands messages to a log router over one connection, one after the other, and waits for the answer of each where the
 * router gives answers. Opens the connection when there is none. Some routers never answer (Fluentd on its unix socket,
 * old ones): for those a message is handed over when it is written.
 */
import type { Duplex } from 'node:stream';
import { AppError, hasKind, toAppError } from '../../../domain/errors.ts';
import type { Clock } from '../../../ports/clock.ts';
import { acknowledged } from '../../../wire/forward/forward-message.ts';
import { withDeadline } from '../../waiting.ts';

export interface RouterConnectionParts {
  readonly open: (signal: AbortSignal) => Promise<Duplex>;
  /** False for a router that is known to give none. */
  readonly asksForAnswers: boolean;
  readonly clock: Clock;
}

interface Open {
  readonly socket: Duplex;
  readonly answers: AsyncIterator<string>;
  /** The answer that is waited for, and what it came to be. */
  next: Promise<IteratorResult<string>> | undefined;
}

/** For opening, for writing, and for an answer, each. */
const PATIENCE_MS = 10_000;
const CLOSED = 'the log router has closed the connection';

export class RouterConnection {
  readonly #parts: RouterConnectionParts;
  #open: Open | undefined;
  /** Unknown until the first answer, or until it has not come. */
  #givesAnswers: boolean | undefined;

  constructor(parts: RouterConnectionParts) {
    this.#parts = parts;
    if (!parts.asksForAnswers) this.#givesAnswers = false;
  }

  /** False once it is known that no answers come: messages need not ask for one. */
  get mayAnswer(): boolean {
    return this.#givesAnswers !== false;
  }

  /**
   * Resolves when the router has the message, for all that can be known: `chunk` is what its answer names, absent where
   * the message asks for none. Rejects with an AppError, and ends the connection, when it may not have it.
   */
  async send(message: Uint8Array, chunk: string | undefined, signal: AbortSignal): Promise<void> {
    try {
      const open = this.#current() ?? (await this.#connect(signal));
      await this.#inTime(signal, () => written(open.socket, message));
      if (chunk !== undefined) await this.#answer(open, chunk, signal);
    } catch (error) {
      this.close();
      const { kind, message: words } = toAppError(error);
      throw new AppError(kind === 'internal' ? 'unavailable' : kind, words, { cause: error });
    }
  }

  /** Ends the connection; the next message opens another. */
  close(): void {
    this.#open?.socket.destroy();
    this.#open = undefined;
  }

  #current(): Open | undefined {
    const socket = this.#open?.socket;
    // One that the router has closed takes bytes that nobody will read.
    if (socket !== undefined && (socket.destroyed || socket.readableEnded || !socket.writable)) this.close();
    return this.#open;
  }

  async #connect(signal: AbortSignal): Promise<Open> {
    const socket = await this.#inTime(signal, (inner) => this.#parts.open(inner));
    const answers = acknowledged(socket as AsyncIterable<Uint8Array>);
    // Read from the start on, so that the router's end is seen.
    const open: Open = { socket, answers, next: answers.next() };
    open.next?.catch(() => undefined);
    this.#open = open;
    return open;
  }

  async #answer(open: Open, chunk: string, signal: AbortSignal): Promise<void> {
    for (;;) {
      const next = (open.next ??= open.answers.next());
      const answer = await this.#inTime(signal, () => next).catch((error: unknown) => {
        if (!hasKind(error, 'deadline') || this.#givesAnswers !== undefined) throw error;
        this.#givesAnswers = false;
        return undefined;
      });
      if (answer === undefined) return;
      if (answer.done === true) throw new AppError('unavailable', CLOSED);
      open.next = undefined;
      this.#givesAnswers = true;
      if (answer.value === chunk) return;
    }
  }

  #inTime<T>(signal: AbortSignal, work: (inner: AbortSignal) => Promise<T>): Promise<T> {
    return withDeadline(this.#parts.clock, PATIENCE_MS, signal, work);
  }
}

function written(socket: Duplex, message: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => reject(new AppError('unavailable', CLOSED));
    socket.once('close', end);
    socket.write(message, (error) => {
      socket.off('close', end);
      if (error) reject(new AppError('unavailable', CLOSED, { cause: error }));
      else resolve();
    });
  });
}
