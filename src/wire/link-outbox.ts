/**
 * Sends whole pictures, one in flight a key: while one waits for its acknowledgement, later ones of the same key
 * replace each other. So the queue is bounded by the number of keys, and a slow peer sees the newest state only.
 */
export type OutboxSend<T> = (message: T, sequence: number) => void;

interface Slot<T> {
  readonly sequence: number;
  next: T | undefined;
  /** Woken when `next` has gone out. */
  readonly waiting: (() => void)[];
}

export class Outbox<T> {
  readonly #send: OutboxSend<T>;
  readonly #slots = new Map<string, Slot<T>>();
  readonly #keyOfSequence = new Map<number, string>();
  #lastSequence = 0;
  #isClosed = false;

  constructor(send: OutboxSend<T>) {
    this.#send = send;
  }

  /** A number for a message that is not kept here but acknowledged all the same. */
  nextSequence(): number {
    this.#lastSequence += 1;
    return this.#lastSequence;
  }

  /** Messages that are not acknowledged, and those held back behind them. */
  get backlog(): number {
    return [...this.#slots.values()].reduce((sum, { next }) => sum + (next === undefined ? 1 : 2), 0);
  }

  put(key: string, message: T): void {
    const slot = this.#slots.get(key);
    if (slot === undefined) this.#transmit(key, message);
    else slot.next = message;
  }

  /** Resolves when nothing of the key is held back: what is sent now comes after it. */
  async sent(key: string): Promise<void> {
    const slot = this.#slots.get(key);
    if (slot?.next === undefined || this.#isClosed) return;
    await new Promise<void>((resolve) => slot.waiting.push(resolve));
  }

  acknowledged(sequence: number): void {
    const key = this.#keyOfSequence.get(sequence);
    if (key === undefined) return;
    this.#keyOfSequence.delete(sequence);
    const slot = this.#slots.get(key);
    this.#slots.delete(key);
    if (slot?.next !== undefined) this.#transmit(key, slot.next);
    for (const wake of slot?.waiting ?? []) wake();
  }

  /** Nothing will be acknowledged any more: nobody has to wait for it. */
  close(): void {
    this.#isClosed = true;
    for (const { waiting } of this.#slots.values()) for (const wake of waiting.splice(0)) wake();
  }

  #transmit(key: string, message: T): void {
    const sequence = this.nextSequence();
    this.#slots.set(key, { sequence, next: undefined, waiting: [] });
    this.#keyOfSequence.set(sequence, key);
    this.#send(message, sequence);
  }
}
