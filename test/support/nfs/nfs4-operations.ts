/** Operations of NFSv4.1 (RFC 8881): each as its arguments' bytes and a reader of what it answers. */
import { type XdrReader, XdrWriter } from './xdr.ts';

export interface Operation<T> {
  readonly name: string;
  readonly code: number;
  readonly body: Buffer;
  readonly read: (reader: XdrReader) => T;
}

export interface NfsStat {
  /** Permissions, without the type. */
  readonly mode: number;
  readonly type: 'file' | 'directory' | 'link' | 'other';
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly ino: bigint;
  readonly nlink: number;
}

export interface NewAttributes {
  readonly size?: number;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** What a server calls an open file or a lock. */
export type StateId = Buffer;
/** Owned by nobody: reads and writes without an open file. */
export const ANONYMOUS: StateId = Buffer.alloc(16);
export const READ_LOCK = 1;
export const WRITE_LOCK = 2;
export const UNSTABLE = 0;
export const FILE_SYNC = 2;
export const SHARE_READ = 1;
export const SHARE_WRITE = 2;

const STATEID_BYTES = 16;
const VERIFIER_BYTES = 8;
const WHOLE_FILE = 2n ** 64n - 1n;
const TYPES: Readonly<Record<number, NfsStat['type']>> = { 1: 'file', 2: 'directory', 5: 'link' };
/** Type, size, fileid, mode, numlinks, owner, owner_group: in this order they are answered. */
const STAT = [1, 4, 20, 33, 35, 36, 37];

const nothing = (): void => undefined;
const handle = (reader: XdrReader): Buffer => reader.opaque();
const stateId = (reader: XdrReader): StateId => Buffer.from(reader.fixed(STATEID_BYTES));
const verifier = (reader: XdrReader): string => reader.fixed(VERIFIER_BYTES).toString('hex');
const change = (reader: XdrReader): void => void [reader.bool(), reader.uint64(), reader.uint64()];

export const putRootHandle = (): Operation<void> => op('PUTROOTFH', 24, new XdrWriter(), nothing);
export const putHandle = (bytes: Buffer): Operation<void> =>
  op('PUTFH', 22, new XdrWriter().opaque(bytes), nothing);
export const getHandle = (): Operation<Buffer> => op('GETFH', 10, new XdrWriter(), handle);
export const saveHandle = (): Operation<void> => op('SAVEFH', 32, new XdrWriter(), nothing);
export const lookup = (name: string): Operation<void> =>
  op('LOOKUP', 15, new XdrWriter().opaque(name), nothing);
export const lookupParent = (): Operation<void> => op('LOOKUPP', 16, new XdrWriter(), nothing);
export const access = (mask: number): Operation<number> =>
  op('ACCESS', 3, new XdrWriter().uint32(mask), (reader) => {
    reader.uint32();
    return reader.uint32();
  });
export const getAttributes = (): Operation<NfsStat> =>
  op('GETATTR', 9, new XdrWriter().bitmap(STAT), (reader) => {
    reader.bitmap();
    reader.uint32();
    const type = TYPES[reader.uint32()] ?? 'other';
    const size = Number(reader.uint64());
    const ino = reader.uint64();
    const mode = reader.uint32();
    const nlink = reader.uint32();
    return { type, size, ino, mode, nlink, uid: Number(reader.text()), gid: Number(reader.text()) };
  });
export const setAttributes = (to: NewAttributes): Operation<void> =>
  op('SETATTR', 34, attributes(new XdrWriter().fixed(ANONYMOUS), to), (reader) => void reader.bitmap());
export const remove = (name: string): Operation<void> =>
  op('REMOVE', 28, new XdrWriter().opaque(name), change);
/** From the saved directory to the current one. */
export const rename = (from: string, to: string): Operation<void> =>
  op('RENAME', 29, new XdrWriter().opaque(from).opaque(to), (reader) => {
    change(reader);
    change(reader);
  });
/** To the saved file, in the current directory. */
export const link = (name: string): Operation<void> => op('LINK', 11, new XdrWriter().opaque(name), change);
export const readLink = (): Operation<string> =>
  op('READLINK', 27, new XdrWriter(), (reader) => reader.text());
export const read = (state: StateId, offset: number, count: number): Operation<Buffer> =>
  op('READ', 25, new XdrWriter().fixed(state).uint64(offset).uint32(count), (reader) => {
    reader.bool();
    return Buffer.from(reader.opaque());
  });
/** Answers with how many bytes were taken, and the verifier that changes when unstable ones may be lost. */
export const write = (
  state: StateId,
  { offset, content, stable }: { offset: number; content: Buffer; stable: number },
): Operation<{ count: number; verifier: string }> =>
  op('WRITE', 38, new XdrWriter().fixed(state).uint64(offset).uint32(stable).opaque(content), (reader) => {
    const count = reader.uint32();
    reader.uint32();
    return { count, verifier: verifier(reader) };
  });
export const commit = (): Operation<string> => op('COMMIT', 5, new XdrWriter().uint64(0).uint32(0), verifier);
export const close = (state: StateId): Operation<void> =>
  op('CLOSE', 4, new XdrWriter().uint32(0).fixed(state), (reader) => void stateId(reader));

export type NewNode =
  | { readonly type: 'directory'; readonly mode: number }
  | { readonly type: 'link'; readonly target: string };

export function create(name: string, node: NewNode): Operation<void> {
  const writer = new XdrWriter();
  if (node.type === 'link') writer.uint32(5).opaque(node.target);
  else writer.uint32(2);
  attributes(writer.opaque(name), node.type === 'directory' ? { mode: node.mode } : {});
  return op('CREATE', 6, writer, (reader) => {
    change(reader);
    reader.bitmap();
  });
}

export interface DirectoryPlace {
  readonly cookie: bigint;
  readonly verifier: Buffer;
}

export interface DirectoryPage {
  readonly names: readonly string[];
  /** Where the next page begins; undefined at the end. */
  readonly next: DirectoryPlace | undefined;
}

export const DIRECTORY_START: DirectoryPlace = { cookie: 0n, verifier: Buffer.alloc(VERIFIER_BYTES) };

export function readDirectory(from: DirectoryPlace): Operation<DirectoryPage> {
  const writer = new XdrWriter().uint64(from.cookie).fixed(from.verifier).uint32(8192, 32_768).bitmap([]);
  return op('READDIR', 26, writer, (reader) => {
    const cookieVerifier = Buffer.from(reader.fixed(VERIFIER_BYTES));
    const names: string[] = [];
    let { cookie } = from;
    while (reader.bool()) {
      cookie = reader.uint64();
      names.push(reader.text());
      reader.bitmap();
      reader.opaque();
    }
    return { names, next: reader.bool() ? undefined : { cookie, verifier: cookieVerifier } };
  });
}

export interface OpenRequest {
  readonly clientId: bigint;
  readonly owner: string;
  readonly share: number;
  /** With it, a file is made: `exclusive` fails when there is one. */
  readonly create?: { readonly mode: number; readonly exclusive: boolean };
  /** The name in the current directory; absent: the current file, which was open before the server restarted. */
  readonly name?: string;
}

export function open({ clientId, owner, share, create: making, name }: OpenRequest): Operation<StateId> {
  const writer = new XdrWriter().uint32(0, share, 0).uint64(clientId).opaque(owner);
  if (making === undefined) writer.uint32(0);
  else attributes(writer.uint32(1, making.exclusive ? 1 : 0), { mode: making.mode });
  if (name === undefined) writer.uint32(1, 0);
  else writer.uint32(0).opaque(name);
  return op('OPEN', 18, writer, (reader) => {
    const state = stateId(reader);
    change(reader);
    reader.uint32();
    reader.bitmap();
    if (reader.uint32() !== 0) throw new Error('a delegation, which nobody asked for');
    return state;
  });
}

export interface LockRequest {
  readonly clientId: bigint;
  readonly owner: string;
  readonly type: number;
  readonly openState: StateId;
  /** It was held before the server restarted. */
  readonly isReclaimed?: boolean;
}

/** Locks the whole of the current file. */
export function lock(request: LockRequest): Operation<StateId> {
  const writer = new XdrWriter()
    .uint32(request.type)
    .bool(request.isReclaimed === true)
    .uint64(0)
    .uint64(WHOLE_FILE)
    .bool(true)
    .uint32(0)
    .fixed(request.openState)
    .uint32(0)
    .uint64(request.clientId)
    .opaque(request.owner);
  return op('LOCK', 12, writer, stateId);
}

export const unlock = (type: number, state: StateId): Operation<StateId> =>
  op('LOCKU', 14, new XdrWriter().uint32(type, 0).fixed(state).uint64(0).uint64(WHOLE_FILE), stateId);

/** `fattr4`: the attributes' numbers, then their values in the order of their numbers. */
function attributes(writer: XdrWriter, { size, mode, uid, gid }: NewAttributes): XdrWriter {
  const values = new XdrWriter();
  if (size !== undefined) values.uint64(size);
  if (mode !== undefined) values.uint32(mode);
  if (uid !== undefined) values.opaque(String(uid));
  if (gid !== undefined) values.opaque(String(gid));
  const wanted: readonly [number, unknown][] = [
    [4, size],
    [33, mode],
    [36, uid],
    [37, gid],
  ];
  const numbers = wanted.filter(([, value]) => value !== undefined).map(([number]) => number);
  return writer.bitmap(numbers).opaque(values.bytes);
}

/** What an operation is called, its number, arguments and answer. */
export function op<T>(
  name: string,
  code: number,
  writer: XdrWriter,
  readAnswer: (reader: XdrReader) => T,
): Operation<T> {
  return { name, code, body: writer.bytes, read: readAnswer };
}
