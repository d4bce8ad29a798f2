/** Reads tar archives that are whole in memory: ustar, with GNU and pax long names. */
import { AppError } from '../../domain/errors.ts';

export type TarItem =
  | { readonly type: 'file'; readonly path: string; readonly content: Buffer }
  | { readonly type: 'directory'; readonly path: string }
  | { readonly type: 'link'; readonly path: string; readonly target: string }
  | { readonly type: 'hard-link'; readonly path: string; readonly target: string }
  | { readonly type: 'other'; readonly path: string };

const BLOCK = 512;

/** The archive's members in order. Throws `invalid` for what is no tar. */
export function readTar(bytes: Buffer): TarItem[] {
  const items: TarItem[] = [];
  let longPath: string | undefined;
  let longTarget: string | undefined;
  for (let at = 0; at + BLOCK <= bytes.length; ) {
    const header = bytes.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) return items;
    const { size, type } = readHeader(header);
    const content = bytes.subarray(at + BLOCK, at + BLOCK + size);
    if (content.length < size) throw malformed();
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    if (type === 'L') longPath = text(content);
    else if (type === 'K') longTarget = text(content);
    else if (type === 'x') {
      const records = paxRecords(content);
      longPath = records.get('path') ?? longPath;
      longTarget = records.get('linkpath') ?? longTarget;
    } else if (type !== 'g') {
      const path = longPath ?? pathOf(header);
      const target = longTarget ?? text(header.subarray(157, 257));
      items.push(itemOf(type, path, target, content));
      longPath = undefined;
      longTarget = undefined;
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

function itemOf(type: string, path: string, target: string, content: Buffer): TarItem {
  switch (type) {
    case '0':
    case '\0':
      return { type: 'file', path, content };
    case '1':
      return { type: 'hard-link', path, target };
    case '2':
      return { type: 'link', path, target };
    case '5':
      return { type: 'directory', path };
    default:
      return { type: 'other', path };
  }
}

function pathOf(header: Buffer): string {
  const name = text(header.subarray(0, 100));
  const isUstar = header.toString('latin1', 257, 262) === 'ustar';
  const prefix = isUstar ? text(header.subarray(345, 500)) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** Lines of `<length> <key>=<value>`. */
function paxRecords(content: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < content.length; ) {
    const blank = content.indexOf(' ', at);
    const length = Number(content.toString('utf8', at, blank));
    if (blank < 0 || !(length > 0)) throw malformed();
    const record = content.toString('utf8', blank + 1, at + length - 1);
    const equals = record.indexOf('=');
    records.set(record.slice(0, equals), record.slice(equals + 1));
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
