/** The options of the splunk driver, checked in the words of Docker's. Pure. */
import { AppError } from '../../../domain/errors.ts';

export const SPLUNK_FORMATS = ['inline', 'json', 'raw'] as const;
export type SplunkFormat = (typeof SPLUNK_FORMATS)[number];

export interface SplunkOptions {
  /** Of the HTTP Event Collector, with the port. */
  readonly url: URL;
  readonly token: string;
  readonly source: string | undefined;
  readonly sourceType: string | undefined;
  readonly index: string | undefined;
  readonly format: SplunkFormat;
  readonly verifyConnection: boolean;
  /** Compression of bodies, -1 (zlib's choice) to 9; undefined: none. */
  readonly gzipLevel: number | undefined;
  readonly tls: {
    /** A file of this machine with the authorities to believe; undefined: those of the machine. */
    readonly caPath: string | undefined;
    /** The name that the certificate must have, where it is not the host's. */
    readonly caName: string | undefined;
    readonly insecure: boolean;
  };
}

type Given = Readonly<Record<string, string>>;

const DEFAULT_LEVEL = -1;
const BEST_COMPRESSION = 9;

/** `given`: with the secret ones. Throws `invalid` with what users read after `failed to validate logger args: `. */
export function splunkOptions(given: Given): SplunkOptions {
  const gzip = truth(given, 'splunk-gzip', false);
  const level = gzipLevel(given['splunk-gzip-level']);
  return {
    url: collectorUrl(required(given, 'splunk-url')),
    token: required(given, 'splunk-token'),
    source: some(given['splunk-source']),
    sourceType: some(given['splunk-sourcetype']),
    index: some(given['splunk-index']),
    format: format(given['splunk-format']),
    verifyConnection: truth(given, 'splunk-verify-connection', true),
    gzipLevel: gzip ? level : undefined,
    tls: {
      caPath: some(given['splunk-capath']),
      caName: some(given['splunk-caname']),
      insecure: truth(given, 'splunk-insecureskipverify', false),
    },
  };
}

function required(given: Given, name: string): string {
  return some(given[name]) ?? fail(`${name} is expected`);
}

function some(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function collectorUrl(text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    fail('failed to parse splunk-url as url value in splunk-url');
  }
  const isPlain = url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
  if (!/^https?:$/.test(url.protocol) || !isPlain) {
    fail('expected format scheme://dns_name_or_ip:port for splunk-url');
  }
  return url;
}

function format(text: string | undefined): SplunkFormat {
  if (text === undefined) return 'inline';
  return (
    SPLUNK_FORMATS.find((known) => known === text) ??
    fail(`unknown format specified ${text}, supported formats are inline, json and raw`)
  );
}

function gzipLevel(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LEVEL;
  const level = Number(text);
  if (!/^[+-]?\d+$/.test(text) || level < DEFAULT_LEVEL || level > BEST_COMPRESSION) {
    fail(
      `not supported level '${text}' for splunk-gzip-level (supported values between ${DEFAULT_LEVEL} and ${BEST_COMPRESSION})`,
    );
  }
  return level;
}

/** As Go parses booleans. */
function truth(given: Given, name: string, fallback: boolean): boolean {
  const text = given[name];
  if (text === undefined) return fallback;
  if (/^(1|t|T|TRUE|true|True)$/.test(text)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(text)) return false;
  fail(`strconv.ParseBool: parsing "${text}": invalid syntax`);
}

function fail(words: string): never {
  throw new AppError('invalid', `splunk: ${words}`);
}
