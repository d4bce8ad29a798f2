/** Reads tar archives that are whole in memory: ustar, with GNU and pax long names. */
import { AppError } from '../../domain/errors.ts';

export interface TarAttributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Epoch seconds. */
  readonly mtime: number;
  readonly xattrs: ReadonlyMap<string, Buffer>;
}

export type TarItem = { readonly path: string; readonly attributes: TarAttributes } & (
  | { readonly type: 'file'; readonly content: Buffer }
  | { readonly type: 'link' | 'hard-link'; readonly target: string }
  | { readonly type: 'directory' }
  | { readonly type: 'fifo' | 'other' }
);

const BLOCK = 512;
const XATTR_RECORD = 'SCHILY.xattr.';

/** The archive's members in order. Throws `invalid` for what is no tar. */
export function readTar(bytes: Buffer): TarItem[] {
  const items: TarItem[] = [];
  let longPath: string | undefined;
  let longTarget: string | undefined;
  let records: ReadonlyMap<string, Buffer> = new Map();
  for (let at = 0; at + BLOCK <= bytes.length; ) {
    const header = bytes.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) return items;
    const { size, type } = readHeader(header);
    const content = bytes.subarray(at + BLOCK, at + BLOCK + size);
    if (content.length < size) throw malformed();
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    if (type === 'L') longPath = text(content);
    else if (type === 'K') longTarget = text(content);
    else if (type === 'x') records = paxRecords(content);
    else if (type !== 'g') {
      const path = records.get('path')?.toString('utf8') ?? longPath ?? pathOf(header);
      const target =
        records.get('linkpath')?.toString('utf8') ?? longTarget ?? text(header.subarray(157, 257));
      items.push(itemOf(type, { path, attributes: attributesOf(header, records) }, target, content));
      longPath = undefined;
      longTarget = undefined;
      records = new Map();
    }
  }
  if (bytes.length < BLOCK) throw malformed();
  return items;
}

function readHeader(header: Buffer): { size: number; type: string } {
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  const size = octal(header.subarray(124, 136));
  if (octal(header.subarray(148, 156)) !== sum || !Number.isSafeInteger(size)) throw malformed();
  return { size, type: String.fromCharCode(header[156] ?? 0) };
}

function attributesOf(header: Buffer, records: ReadonlyMap<string, Buffer>): TarAttributes {
  const xattrs = [...records]
    .filter(([key]) => key.startsWith(XATTR_RECORD))
    .map(([key, value]) => [key.slice(XATTR_RECORD.length), value] as const);
  return {
    mode: octal(header.subarray(100, 108)) & 0o7777,
    uid: octal(header.subarray(108, 116)),
    gid: octal(header.subarray(116, 124)),
    mtime: octal(header.subarray(136, 148)),
    xattrs: new Map(xattrs),
  };
}

function itemOf(
  type: string,
  base: Pick<TarItem, 'path' | 'attributes'>,
  target: string,
  content: Buffer,
): TarItem {
  switch (type) {
    case '0':
    case '\0':
      return { ...base, type: 'file', content };
    case '1':
      return { ...base, type: 'hard-link', target };
    case '2':
      return { ...base, type: 'link', target };
    case '5':
      return { ...base, type: 'directory' };
    case '6':
      return { ...base, type: 'fifo' };
    default:
      return { ...base, type: 'other' };
  }
}

function pathOf(header: Buffer): string {
  const name = text(header.subarray(0, 100));
  const isUstar = header.toString('latin1', 257, 262) === 'ustar';
  const prefix = isUstar ? text(header.subarray(345, 500)) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** Lines of `<length> <key>=<value>`. */
function paxRecords(content: Buffer): Map<string, Buffer> {
  const records = new Map<string, Buffer>();
  for (let at = 0; at < content.length; ) {
    const blank = content.indexOf(' ', at);
    const length = Number(content.toString('utf8', at, blank));
    if (blank < 0 || !(length > 0)) throw malformed();
    const record = content.subarray(blank + 1, at + length - 1);
    const equals = record.indexOf('=');
    records.set(record.toString('utf8', 0, equals), record.subarray(equals + 1));
    at += length;
  }
  return records;
}

function text(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}

function octal(bytes: Buffer): number {
  return Number.parseInt(text(bytes).trim() || '0', 8);
}

function malformed(): AppError {
  return new AppError('invalid', 'the layer is no tar archive');
}
