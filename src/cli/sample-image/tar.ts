/** Writes tar archives in memory (ustar, with pax records for what does not fit). The same entries give the same bytes. */
export interface TarEntry {
  /** Relative to the root, without a leading slash. Directories need no trailing one. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink' | 'fifo';
  readonly content?: string | Buffer;
  /** Where a link points. */
  readonly target?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Epoch seconds; 0 when left out. */
  readonly mtime?: number;
}

const BLOCK = 512;
const NAME_FIELD = 100;
const TYPE_FLAGS = { file: '0', hardlink: '1', symlink: '2', directory: '5', fifo: '6' } as const;
const DEFAULT_MODES = {
  file: 0o644,
  hardlink: 0o644,
  symlink: 0o777,
  directory: 0o755,
  fifo: 0o644,
} as const;

/** The archive of these entries, in this order. */
export function writeTar(entries: readonly TarEntry[]): Buffer {
  const parts = entries.flatMap((entry) => entryBlocks(entry));
  parts.push(Buffer.alloc(2 * BLOCK));
  return Buffer.concat(parts);
}

export function directory(path: string, options: Partial<TarEntry> = {}): TarEntry {
  return { ...options, path, type: 'directory' };
}

export function file(path: string, content: string | Buffer, options: Partial<TarEntry> = {}): TarEntry {
  return { ...options, path, type: 'file', content };
}

export function symlink(path: string, target: string): TarEntry {
  return { path, type: 'symlink', target };
}

/** Marks `path` of the layers below as removed. */
export function whiteout(path: string): TarEntry {
  const slash = path.lastIndexOf('/') + 1;
  return { path: `${path.slice(0, slash)}.wh.${path.slice(slash)}`, type: 'file', content: '' };
}

/** Marks a directory so that nothing of the layers below shows in it. */
export function opaque(path: string): TarEntry {
  return { path: `${path}/.wh..wh..opq`, type: 'file', content: '' };
}

function entryBlocks(entry: TarEntry): Buffer[] {
  const path = entry.type === 'directory' && !entry.path.endsWith('/') ? `${entry.path}/` : entry.path;
  const target = entry.target ?? '';
  const content = Buffer.from(entry.content ?? '');
  const records = [
    ...(Buffer.byteLength(path) > NAME_FIELD ? [paxRecord('path', path)] : []),
    ...(Buffer.byteLength(target) > NAME_FIELD ? [paxRecord('linkpath', target)] : []),
  ].join('');
  const pax =
    records === ''
      ? []
      : [header('PaxHeader', { size: Buffer.byteLength(records), flag: 'x' }), padded(Buffer.from(records))];
  const own = header(path, {
    size: content.length,
    flag: TYPE_FLAGS[entry.type],
    mode: entry.mode ?? DEFAULT_MODES[entry.type],
    uid: entry.uid ?? 0,
    gid: entry.gid ?? 0,
    mtime: entry.mtime ?? 0,
    target,
  });
  return [...pax, own, padded(content)];
}

interface HeaderFields {
  size: number;
  flag: string;
  mode?: number;
  uid?: number;
  gid?: number;
  mtime?: number;
  target?: string;
}

function header(path: string, fields: HeaderFields): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(path, 0, NAME_FIELD);
  octal(block, 100, 8, fields.mode ?? 0o644);
  octal(block, 108, 8, fields.uid ?? 0);
  octal(block, 116, 8, fields.gid ?? 0);
  octal(block, 124, 12, fields.size);
  octal(block, 136, 12, fields.mtime ?? 0);
  block.write('        ', 148);
  block.write(fields.flag, 156);
  block.write(fields.target ?? '', 157, NAME_FIELD);
  block.write('ustar\u000000', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148, 'latin1');
  return block;
}

function octal(block: Buffer, offset: number, length: number, value: number): void {
  block.write(value.toString(8).padStart(length - 1, '0'), offset, length - 1, 'latin1');
}

/** `<length> <key>=<value>\n`, where the length counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  let length = bytes + String(bytes).length;
  if (String(length).length + bytes !== length) length = bytes + String(length).length;
  return `${length}${rest}`;
}

function padded(content: Buffer): Buffer {
  const over = content.length % BLOCK;
  return over === 0 ? content : Buffer.concat([content, Buffer.alloc(BLOCK - over)]);
}
