/**
 * Keeps web pages away: the endpoint runs on people's own machines, where any page in their browser could reach it.
 * Refused are foreign origins, requests that a browser marks as coming from another site, bodies that a page may send
 * without asking first, and Host headers that are not ours (DNS rebinding). No answer ever carries CORS headers.
 * EC2's requests are forms: one with an Authorization header is let in, since a page has to ask first to send that.
 */
import type { IncomingHttpHeaders } from 'node:http';

const FORM = 'application/x-www-form-urlencoded';
/** Content types that a page can post to any site without a preflight. */
const SIMPLE_CONTENT_TYPES: readonly string[] = ['text/plain', FORM, 'multipart/form-data'];

/** Decides about requests by their headers. `allowedHosts`: names, addresses, or `.suffix` for all names below it. */
export class BrowserGuard {
  readonly #names: ReadonlySet<string>;
  readonly #suffixes: readonly string[];

  constructor(allowedHosts: readonly string[]) {
    const hosts = allowedHosts.map((host) => host.toLowerCase());
    this.#names = new Set(hosts.filter((host) => !host.startsWith('.')));
    this.#suffixes = hosts.filter((host) => host.startsWith('.'));
  }

  /** Why a request is refused; undefined when it is not. */
  refusal(headers: IncomingHttpHeaders): string | undefined {
    if (!this.#isOurHost(headers.host)) return 'The Host header does not name this endpoint.';
    const origin = headers.origin;
    if (origin !== undefined && !isSameHost(origin, headers.host)) {
      return 'Requests from web pages of another origin are not accepted.';
    }
    const site = headers['sec-fetch-site'];
    if (site !== undefined && site !== 'same-origin' && site !== 'none') {
      return 'Requests from web pages of another site are not accepted.';
    }
    const contentType = headers['content-type'];
    if (contentType !== undefined && isSimple(contentType) && !isSignedForm(contentType, headers)) {
      return 'Requests with this content type are not accepted.';
    }
    return undefined;
  }

  #isOurHost(host: string | undefined): boolean {
    if (host === undefined) return false;
    const name = hostName(host.toLowerCase());
    return (
      isLoopback(name) || this.#names.has(name) || this.#suffixes.some((suffix) => name.endsWith(suffix))
    );
  }
}

/** `name:port`, `[address]:port` or either without its port. */
function hostName(host: string): string {
  if (host.startsWith('[')) return host.slice(1, Math.max(1, host.indexOf(']')));
  const colon = host.indexOf(':');
  return colon === -1 ? host : host.slice(0, colon);
}

function isLoopback(name: string): boolean {
  return (
    name === 'localhost' ||
    name === '::1' ||
    name.endsWith('.localhost') ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name)
  );
}

/** Browsers send `null` for pages without an origin of their own. */
function isSameHost(origin: string, host: string | undefined): boolean {
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  return url !== undefined && url.host !== '' && url.host === host?.toLowerCase();
}

function isSimple(contentType: string): boolean {
  const type = contentType.toLowerCase();
  return SIMPLE_CONTENT_TYPES.some((simple) => type.startsWith(simple));
}

function isSignedForm(contentType: string, headers: IncomingHttpHeaders): boolean {
  return contentType.toLowerCase().startsWith(FORM) && headers.authorization !== undefined;
}
