/** Small OCI images made by hand, for the suites: layers as tar, in each compression, with their manifest. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import {
  OCI_CONFIG,
  OCI_LAYER,
  OCI_LAYER_GZIP,
  OCI_LAYER_ZSTD,
  OCI_MANIFEST,
} from '../../domain/oci/media-types.ts';
import type { Descriptor, ImageConfig, ImageRunConfig } from '../../domain/oci/types.ts';

export interface TarAttributes {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Epoch seconds. */
  readonly mtime?: number;
  readonly xattrs?: Readonly<Record<string, Buffer>>;
  /** Records of PAX before the entry, as they are: they beat what its header says. */
  readonly pax?: Readonly<Record<string, string>>;
}

export type TarEntry = { readonly path: string } & TarAttributes &
  (
    | { readonly content: string | Buffer }
    | { readonly link: string }
    | { readonly hardLink: string }
    | { readonly directory: true }
    | { readonly fifo: true }
    | { readonly device: readonly [major: number, minor: number] }
    | { readonly blockDevice: readonly [major: number, minor: number] }
  );

export interface TestLayer {
  readonly entries: readonly TarEntry[];
  readonly compression?: 'gzip' | 'zstd' | 'none';
  /** In place of the usual OCI type. */
  readonly mediaType?: string;
}

export interface TestImage {
  readonly manifest: Descriptor;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly imageConfig: ImageConfig;
  readonly blobs: ReadonlyMap<string, Buffer>;
}

const BLOCK = 512;
const LAYER_TYPES = { gzip: OCI_LAYER_GZIP, zstd: OCI_LAYER_ZSTD, none: OCI_LAYER };

export function sha256(bytes: Uint8Array | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** An image of these layers. `diffIds` in place of the true ones make it a false image. */
export function aTestImage(
  layers: readonly TestLayer[],
  options: { config?: ImageRunConfig; diffIds?: readonly string[] } = {},
): TestImage {
  const blobs = new Map<string, Buffer>();
  const keep = (mediaType: string, bytes: Buffer): Descriptor => {
    const digest = sha256(bytes);
    blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const tars = layers.map((layer) => makeTar(layer.entries));
  const descriptors = layers.map((layer, index) => {
    const compression = layer.compression ?? 'gzip';
    return keep(layer.mediaType ?? LAYER_TYPES[compression], compress(tars[index] as Buffer, compression));
  });
  const imageConfig: ImageConfig = {
    architecture: 'amd64',
    os: 'linux',
    config: options.config ?? {},
    rootfs: { type: 'layers', diff_ids: [...(options.diffIds ?? tars.map(sha256))] },
  };
  const config = keep(OCI_CONFIG, Buffer.from(JSON.stringify(imageConfig)));
  const manifestValue = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: descriptors };
  const manifest = keep(OCI_MANIFEST, Buffer.from(JSON.stringify(manifestValue)));
  return { manifest, config, layers: descriptors, imageConfig, blobs };
}

/** A tar archive of these entries. */
export function makeTar(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap((entry) => {
    const content = 'content' in entry ? Buffer.from(entry.content) : Buffer.alloc(0);
    return [...paxBlocks(entry), header(entry, content.length), ...padded(content)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

/** What a plain header cannot say, in a member before it. */
function paxBlocks({ path, xattrs = {}, pax = {} }: TarEntry): Buffer[] {
  const records = [
    ...Object.entries(xattrs).map(([name, value]) => paxRecord(`SCHILY.xattr.${name}`, value)),
    ...Object.entries(pax).map(([key, value]) => paxRecord(key, Buffer.from(value))),
  ];
  if (records.length === 0) return [];
  const content = Buffer.concat(records);
  return [header({ path: `pax/${path}`, content }, content.length, 'x'), ...padded(content)];
}

/** `<length of all> <key>=<value>`. */
function paxRecord(key: string, value: Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')]);
  let length = rest.length + 1;
  while (length !== rest.length + String(length).length) length = rest.length + String(length).length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function padded(content: Buffer): Buffer[] {
  return [content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)];
}

function header(entry: TarEntry, size: number, type = typeOf(entry)): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;
  block.write('directory' in entry ? `${entry.path}/` : entry.path, 0, 'latin1');
  block.write(octal(entry.mode ?? ('content' in entry ? 0o644 : 0o755), 7), 100);
  block.write(octal(entry.uid ?? 0, 7), 108);
  block.write(octal(entry.gid ?? 0, 7), 116);
  block.write(octal(size, 11), 124);
  block.write(octal(entry.mtime ?? 0, 11), 136);
  block.write(' '.repeat(8), 148);
  block.write(type, 156);
  if ('link' in entry) block.write(entry.link, 157);
  if ('hardLink' in entry) block.write(entry.hardLink, 157);
  block.write('ustar\x0000', 257);
  const device = 'device' in entry ? entry.device : 'blockDevice' in entry ? entry.blockDevice : undefined;
  if (device !== undefined) {
    block.write(octal(device[0], 7), 329);
    block.write(octal(device[1], 7), 337);
  }
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function typeOf(entry: TarEntry): string {
  if ('hardLink' in entry) return '1';
  if ('link' in entry) return '2';
  if ('device' in entry) return '3';
  if ('blockDevice' in entry) return '4';
  if ('directory' in entry) return '5';
  return 'fifo' in entry ? '6' : '0';
}

function compress(bytes: Buffer, compression: 'gzip' | 'zstd' | 'none'): Buffer {
  if (compression === 'gzip') return gzipSync(bytes);
  return compression === 'zstd' ? storeAsZstd(bytes) : bytes;
}

/** A zstd frame of raw blocks: Node 20 has no compressor of that kind. */
function storeAsZstd(bytes: Buffer): Buffer {
  const largest = 100_000;
  // Magic number; no content size, no checksum; a window of 1 MiB.
  const parts: Buffer[] = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 10 << 3])];
  for (let at = 0; at < bytes.length; at += largest) {
    const block = bytes.subarray(at, at + largest);
    const isLast = at + largest >= bytes.length;
    const head = Buffer.alloc(3);
    head.writeUIntLE((block.length << 3) | (isLast ? 1 : 0), 0, 3);
    parts.push(head, block);
  }
  return Buffer.concat(parts);
}
