/**
 * The transport under the link of control plane and agent: ordered text messages over one connection.
 * WebSocket on a unix socket (one machine); tests join the two sides in memory.
 */
export interface LinkConnection {
  /** Queues one message. Dropped silently once the connection has closed: the next connect says everything again. */
  send(message: string): void;
  /** Called once, before anything else is awaited; messages come in order, one at a time. */
  onMessage(handler: (message: string) => void): void;
  /** Resolves when the connection has ended, whoever ended it. Never rejects. */
  readonly closed: Promise<void>;
  /** May be repeated. */
  close(): void;
}

export interface LinkListener {
  /** Ends the listener and its connections. */
  close(): Promise<void>;
}

export interface LinkTransport {
  /** Waits for agents. The address is a path that only root can reach. */
  listen(onConnection: (connection: LinkConnection) => void): Promise<LinkListener>;
  /** Connects once; rejects with kind `unavailable` when nobody listens. */
  connect(signal: AbortSignal): Promise<LinkConnection>;
}
