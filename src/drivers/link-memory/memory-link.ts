/** The link inside one process, for tests: messages pass in order, each in a turn of its own. */
import { AppError } from '../../domain/errors.ts';
import type { LinkConnection, LinkListener, LinkTransport } from '../../ports/link.ts';

export class MemoryLink implements LinkTransport {
  #accept: ((connection: LinkConnection) => void) | undefined;
  readonly #open = new Set<LinkConnection>();

  async listen(onConnection: (connection: LinkConnection) => void): Promise<LinkListener> {
    this.#accept = onConnection;
    return {
      close: async () => {
        this.#accept = undefined;
        this.cut();
      },
    };
  }

  async connect(): Promise<LinkConnection> {
    if (this.#accept === undefined) throw new AppError('unavailable', 'nobody listens');
    const [near, far] = joined();
    this.#open.add(near);
    this.#accept(far);
    return near;
  }

  /** Ends every connection, as a killed peer would. */
  cut(): void {
    for (const connection of this.#open) connection.close();
    this.#open.clear();
  }
}

function joined(): [LinkConnection, LinkConnection] {
  let end = (): void => undefined;
  const closed = new Promise<void>((resolve) => {
    end = resolve;
  });
  let isOpen = true;
  const close = (): void => {
    isOpen = false;
    end();
  };
  const handlers: [((message: string) => void)?, ((message: string) => void)?] = [];
  const early: [string[], string[]] = [[], []];
  const side = (own: 0 | 1): LinkConnection => {
    const peer = own === 0 ? 1 : 0;
    return {
      send(message) {
        queueMicrotask(() => {
          if (!isOpen) return;
          const handler = handlers[peer];
          if (handler === undefined) early[peer].push(message);
          else handler(message);
        });
      },
      onMessage(handler) {
        handlers[own] = handler;
        for (const message of early[own].splice(0)) handler(message);
      },
      closed,
      close,
    };
  };
  return [side(0), side(1)];
}
