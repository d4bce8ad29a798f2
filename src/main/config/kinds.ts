/**
 * The kinds of values that a setting may have: how one is read from text (flags, variables) or from JSON (the settings
 * file). Each throws `Problem`, whose message completes the sentence "<setting> …" for a person.
 */
import { isIP } from 'node:net';
import { resolve } from 'node:path';

/** Why a value is refused: "must be …". */
export class Problem extends Error {}

export interface Kind<T> {
  /** Stands for the value in usage texts, e.g. `HOST:PORT`. */
  readonly placeholder: string;
  read(value: unknown): T;
}

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** A registry name that is served by an address of this host. */
export interface LocalRegistry {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

/** True or false; as a flag it needs no value. */
export const onOff: Kind<boolean> = {
  placeholder: '',
  read(value) {
    if (value === true || value === 'true' || value === '1' || value === 'yes' || value === 'on') return true;
    if (value === false || value === 'false' || value === '0' || value === 'no' || value === 'off')
      return false;
    throw new Problem('must be true or false');
  },
};

/** A file or directory; relative to the working directory. */
export const path: Kind<string> = {
  placeholder: 'PATH',
  read: (value) => resolve(text(value, 'a path')),
};

export const listenAddress: Kind<ListenAddress> = {
  placeholder: 'HOST:PORT',
  read(value) {
    const words = 'must be HOST:PORT, for example 127.0.0.1:4580';
    const match = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<host>[^:[\]/\s]+)):(?<port>\d{1,5})$/.exec(
      text(value, words),
    );
    const host = match?.groups?.['v6'] ?? match?.groups?.['host'];
    if (host === undefined) throw new Problem(words);
    return { host, port: portNumber(match?.groups?.['port'] ?? '', words) };
  },
};

/** The port of name servers that have no other. */
const DNS_PORT = 53;

/** A server of DNS: an address, with a port or without. */
export const nameServer: Kind<ListenAddress> = {
  placeholder: 'ADDRESS',
  read(value) {
    const words = 'must be an IP address with or without a port, for example 10.0.0.2 or 127.0.0.1:5353';
    const given = text(value, words);
    if (isIP(given) !== 0) return { host: given, port: DNS_PORT };
    const [, v6, v4, port = ''] = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):(\d{1,5})$/.exec(given) ?? [];
    const host = v6 ?? v4 ?? '';
    if (isIP(host) === 0 || Number(port) === 0) throw new Problem(words);
    return { host, port: portNumber(port, words) };
  },
};

/** An IPv4 range in CIDR notation that begins at its network address. */
export function ipv4Range(shortest: number, longest: number): Kind<string> {
  const words = `must be an IPv4 range with a prefix length from /${shortest} to /${longest}, for example 172.31.0.0/16`;
  return {
    placeholder: 'CIDR',
    read(value) {
      const range = text(value, words);
      const [address = '', length = ''] = range.split('/');
      const bits = Number(length);
      if (isIP(address) !== 4 || !/^\d{1,2}$/.test(length) || bits < shortest || bits > longest) {
        throw new Problem(words);
      }
      const size = 2 ** (32 - bits);
      const start = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
      if (start % size !== 0) throw new Problem(`must begin at its network address, and ${range} does not`);
      return range;
    },
  };
}

export function choice<const T extends string>(...values: readonly T[]): Kind<T> {
  return {
    placeholder: values.join('|'),
    read(value) {
      const found = values.find((each) => each === value);
      if (found === undefined) throw new Problem(`must be one of: ${values.join(', ')}`);
      return found;
    },
  };
}

export function integer(least: number, most: number): Kind<number> {
  return {
    placeholder: 'N',
    read(value) {
      const found =
        typeof value === 'number' ? value : /^\d+$/.test(String(value)) ? Number(value) : Number.NaN;
      if (!Number.isInteger(found) || found < least || found > most) {
        throw new Problem(`must be a whole number from ${least} to ${most}`);
      }
      return found;
    },
  };
}

export function decimal(least: number, most: number): Kind<number> {
  return {
    placeholder: 'X',
    read(value) {
      const found =
        typeof value === 'number' ? value : /^\d+(\.\d+)?$/.test(String(value)) ? Number(value) : Number.NaN;
      if (!(found >= least && found <= most)) throw new Problem(`must be a number from ${least} to ${most}`);
      return found;
    },
  };
}

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A time in words (`90s`, `1h`); the value is in milliseconds. */
export function duration(leastMs: number, mostMs: number): Kind<number> {
  return {
    placeholder: 'TIME',
    read(value) {
      const match = /^(\d+)(ms|s|m|h|d)$/.exec(String(value));
      if (match === null) throw new Problem('must be a time such as 500ms, 90s, 10m, 1h or 7d');
      const found = Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
      if (found < leastMs || found > mostMs) {
        throw new Problem(`must be from ${showDuration(leastMs)} to ${showDuration(mostMs)}`);
      }
      return found;
    },
  };
}

/** The shortest words for a time. */
export function showDuration(milliseconds: number): string {
  const unit = (['d', 'h', 'm', 's'] as const).find((each) => milliseconds % UNIT_MS[each] === 0) ?? 'ms';
  return milliseconds === 0 ? '0s' : `${milliseconds / UNIT_MS[unit]}${unit}`;
}

export function pattern(expression: RegExp, words: string, placeholder: string): Kind<string> {
  return {
    placeholder,
    read(value) {
      const found = text(value, words);
      if (!expression.test(found)) throw new Problem(words);
      return found;
    },
  };
}

/** Several values: comma-separated, or a JSON list, or the flag again. */
export function list<T>(kind: Kind<T>): Kind<readonly T[]> {
  return {
    placeholder: `${kind.placeholder},…`,
    read(value) {
      const parts: readonly unknown[] = Array.isArray(value) ? value : [value];
      return parts
        .flatMap((part) => (typeof part === 'string' ? part.split(',') : [part]))
        .filter((part) => part !== '')
        .map((part) => kind.read(typeof part === 'string' ? part.trim() : part));
    },
  };
}

/** A list that is never empty, its first member known to the compiler. */
export function someOf<T>(kind: Kind<T>): Kind<readonly [T, ...T[]]> {
  const all = list(kind);
  return {
    placeholder: all.placeholder,
    read(value) {
      const [first, ...others] = all.read(value);
      if (first === undefined) throw new Problem('must name at least one');
      return [first, ...others];
    },
  };
}

/** `NAME=HOST:PORT`, or `NAME=https://HOST:PORT` for a registry that speaks TLS. */
export const localRegistry: Kind<LocalRegistry> = {
  placeholder: 'NAME=HOST:PORT',
  read(value) {
    const words = 'must be NAME=HOST:PORT, for example registry.local:5000=127.0.0.1:5000';
    const match = /^([a-z0-9][a-z0-9.-]*(?::\d+)?)=(?:(https?):\/\/)?([^:/\s]+):(\d{1,5})$/.exec(
      text(value, words),
    );
    if (match === null) throw new Problem(words);
    const [, name = '', scheme, host = '', port = ''] = match;
    // Clients take a registry without a port, or at another well-known one, for one that speaks TLS.
    if (scheme !== 'https' && !/:(?!80$)\d+$/.test(name)) {
      throw new Problem(
        'must have a port of its own in NAME, for example registry.local:5000=127.0.0.1:5000',
      );
    }
    return { name, host, port: portNumber(port, words), tls: scheme === 'https' };
  },
};

/** Where the content of a registry is found too. */
export interface RegistryMirror {
  readonly registry: string;
  /** With a path it stands in front of the repository. */
  readonly url: string;
}

/** `REGISTRY=URL`. */
export const registryMirror: Kind<RegistryMirror> = {
  placeholder: 'REGISTRY=URL',
  read(value) {
    const words = 'must be REGISTRY=URL, for example docker.io=https://mirror.example';
    const [, registry, address = ''] =
      /^([A-Za-z0-9.-]+(?::\d+)?)=(https?:\/\/.+)$/.exec(text(value, words)) ?? [];
    const url = URL.canParse(address) ? new URL(address) : undefined;
    const plain = url?.href === `${url?.origin}${url?.pathname}`;
    if (registry === undefined || url === undefined || !plain) throw new Problem(words);
    return { registry, url: url.href.replace(/\/$/, '') };
  },
};

/** The address of an HTTP service: nothing secret and nothing but scheme, host and port. */
export interface HttpAddress {
  /** `http://127.0.0.1:9000` */
  readonly url: string;
  readonly host: string;
  readonly port: number;
}

export const httpAddress: Kind<HttpAddress> = {
  placeholder: 'URL',
  read(value) {
    const words = 'must be http:// or https:// with HOST or HOST:PORT, for example http://127.0.0.1:9000';
    const given = text(value, words);
    const url = URL.canParse(given) ? new URL(given) : undefined;
    // Compared as a whole: user, path and query have no place.
    if (url === undefined || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/`) {
      throw new Problem(words);
    }
    const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
    return { url: url.origin, host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port };
  },
};

/** An HTTP address that paths are added to: without user, query and fragment, and without a slash at its end. */
export const httpBase: Kind<string> = {
  placeholder: 'URL',
  read(value) {
    const words = 'must be http:// or https:// with a host, for example http://127.0.0.1:4318';
    const given = text(value, words);
    const url = URL.canParse(given) ? new URL(given) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}${url.pathname}`) {
      throw new Problem(words);
    }
    return url.href.replace(/\/+$/, '');
  },
};

/** The port by which tasks find a registry of this host. */
export function registryPort({ name, tls }: LocalRegistry): number {
  return Number(name.split(':')[1] ?? (tls ? 443 : 80));
}

/** A setting that may be left out. */
export function optional<T>(kind: Kind<T>): Kind<T | undefined> {
  return {
    placeholder: kind.placeholder,
    read: (value) => (value === undefined ? undefined : kind.read(value)),
  };
}

function text(value: unknown, words: string): string {
  if (typeof value !== 'string' || value === '')
    throw new Problem(words.startsWith('must') ? words : `must be ${words}`);
  return value;
}

function portNumber(digits: string, words: string): number {
  const port = Number(digits);
  if (port > 65_535) throw new Problem(words);
  return port;
}
