/** Why no connection came about, in the words of Go's network library, which AWS's messages are made of. */
import type { AppError } from '../domain/errors.ts';

const DIAL_WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ECONNRESET: 'read: connection reset by peer',
  ETIMEDOUT: 'i/o timeout',
};
const LOOKUP_CODES: ReadonlySet<unknown> = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_NONAME',
  'ENODATA',
  'ESERVFAIL',
]);

/** `dial tcp 10.0.0.1:443: i/o timeout`, from the details that a dialer and who used it gave: host, port, address. */
export function dialFailureText(error: AppError): string {
  const { syscallCode, host, address, port } = error.details;
  if (LOOKUP_CODES.has(syscallCode)) {
    const server = error.details['dnsServer'];
    return `dial tcp: lookup ${text(host)}${server === undefined ? '' : ` on ${text(server)}:53`}: no such host`;
  }
  // No address was found in time: the name server did not answer.
  if (error.kind === 'deadline' && address === host && /[a-z]/i.test(text(host))) {
    return `dial tcp: lookup ${text(host)}: i/o timeout`;
  }
  const what =
    error.kind === 'deadline' ? 'i/o timeout' : (DIAL_WORDS[text(syscallCode)] ?? 'connection failed');
  return `dial tcp ${text(address ?? host)}:${text(port)}: ${what}`;
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
