/** Certificates of servers, made as names are asked for by an authority that clients are told to believe. */
export interface ServerCertificate {
  /** PEM: the server's own certificate and its authority's. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
}

export interface Certificates {
  /** PEM of the authority. */
  readonly authority: string;
  /** A certificate for one host name or IPv4 address, valid for some days from now on. */
  forName(name: string): ServerCertificate;
}
