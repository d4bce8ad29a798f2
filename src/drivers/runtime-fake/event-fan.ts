/** Events to every subscriber, each with a queue of its own; a muted fan loses them, as a broken stream does. */
import type { RuntimeEvent } from '../../ports/container-runtime.ts';

interface Subscriber {
  queue: RuntimeEvent[];
  wake: () => void;
}

export class EventFan {
  readonly #subscribers = new Set<Subscriber>();
  #muted = false;

  push(event: RuntimeEvent): void {
    if (this.#muted) return;
    for (const subscriber of this.#subscribers) {
      subscriber.queue.push(event);
      subscriber.wake();
    }
  }

  mute(): void {
    this.#muted = true;
  }

  unmute(): void {
    this.#muted = false;
    this.push({ type: 'resync' });
  }

  /** Subscribed at once; the first event is `resync`. */
  subscribe(signal: AbortSignal): AsyncIterable<RuntimeEvent> {
    const subscriber: Subscriber = { queue: [{ type: 'resync' }], wake: () => undefined };
    this.#subscribers.add(subscriber);
    const end = (): void => {
      this.#subscribers.delete(subscriber);
      subscriber.wake();
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
    return read(subscriber, signal);
  }
}

async function* read(subscriber: Subscriber, signal: AbortSignal): AsyncGenerator<RuntimeEvent> {
  while (!signal.aborted) {
    const event = subscriber.queue.shift();
    if (event !== undefined) {
      yield event;
      continue;
    }
    await new Promise<void>((resolve) => {
      subscriber.wake = resolve;
    });
  }
}
