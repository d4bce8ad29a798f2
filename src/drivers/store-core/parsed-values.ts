/**
 * Remembers parsed values by key and revision: the same few records are read thousands of times between two writes,
 * and parsing took more than a tenth of the time of DescribeTasks. Values are frozen, since readers share them.
 */
const MOST_VALUES = 2_048;
/** Batches of log events are large and read seldom. */
const LONGEST_TEXT = 32_768;

export interface ParsedValue {
  readonly revision: number;
  readonly value: unknown;
}

export class ParsedValues {
  readonly #byKey = new Map<string, ParsedValue>();

  /** What is remembered of a key: its present value, as long as every commit forgets what it changes. */
  peek(key: string): ParsedValue | undefined {
    return this.#byKey.get(key);
  }

  /** The key has another value now, or none. */
  forget(key: string): void {
    this.#byKey.delete(key);
  }

  /** The value of a key at a revision. */
  read<T>(key: string, text: string, revision: number): T {
    const known = this.#byKey.get(key);
    if (known?.revision === revision) return known.value as T;
    const value = JSON.parse(text) as T;
    if (text.length > LONGEST_TEXT) return value;
    this.#byKey.delete(key);
    if (this.#byKey.size >= MOST_VALUES) this.#dropOldest();
    this.#byKey.set(key, { revision, value: deepFreeze(value) });
    return value;
  }

  #dropOldest(): void {
    for (const key of this.#byKey.keys()) {
      this.#byKey.delete(key);
      return;
    }
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const member of Object.values(value)) deepFreeze(member);
  return Object.freeze(value);
}
