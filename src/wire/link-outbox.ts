/**
 * Sends whole pictures, one in flight a key: while one waits for its acknowledgement, later ones of the same key
 * replace each other. So the queue is bounded by the number of keys, and a slow peer sees the newest state only.
 */
export type OutboxSend<T> = (message: T, sequence: number) => void;

interface Slot<T> {
  sequence: number;
  next: T | undefined;
}

export class Outbox<T> {
  readonly #send: OutboxSend<T>;
  readonly #slots = new Map<string, Slot<T>>();
  readonly #keyOfSequence = new Map<number, string>();
  #lastSequence = 0;

  constructor(send: OutboxSend<T>) {
    this.#send = send;
  }

  /** A number for a message that is not kept here but acknowledged all the same. */
  nextSequence(): number {
    this.#lastSequence += 1;
    return this.#lastSequence;
  }

  put(key: string, message: T): void {
    const slot = this.#slots.get(key);
    if (slot === undefined) this.#transmit(key, message);
    else slot.next = message;
  }

  acknowledged(sequence: number): void {
    const key = this.#keyOfSequence.get(sequence);
    if (key === undefined) return;
    this.#keyOfSequence.delete(sequence);
    const next = this.#slots.get(key)?.next;
    this.#slots.delete(key);
    if (next !== undefined) this.#transmit(key, next);
  }

  #transmit(key: string, message: T): void {
    const sequence = this.nextSequence();
    this.#slots.set(key, { sequence, next: undefined });
    this.#keyOfSequence.set(sequence, key);
    this.#send(message, sequence);
  }
}
