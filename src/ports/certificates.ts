/** Certificates of servers, made as names are asked for by an authority that clients are told to believe. */
import type { ServerCertificate } from '../domain/server-certificate.ts';

export interface Certificates {
  /** PEM of the authority. */
  readonly authority: string;
  /** A certificate for one host name or IPv4 address, valid for some days from now on. */
  forName(name: string): ServerCertificate;
}
