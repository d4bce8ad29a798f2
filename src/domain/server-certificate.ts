/** A certificate by which a server says that it has a name, with its key. */
export interface ServerCertificate {
  /** PEM: the server's own certificate and its authority's. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}
