/**
 * Images on one machine: blobs by digest, unpacked layers, named images. Nothing here talks to a registry.
 * What a `lease` or a named image holds is never collected.
 */
import type { Descriptor, ImageConfig } from '../domain/oci/types.ts';

/** As many files as this goes into a disk it has room for, as ext4 is made: of empty ones the room of their data says nothing. */
export const LEAST_BYTES_A_FILE = 16 * 1024;

export interface StoredImage {
  /** The reference it was pulled by. */
  readonly name: string;
  /** Digest of what the reference named at the registry (index or manifest). */
  readonly digest: string;
  readonly manifestDigest: string;
  readonly configDigest: string;
  readonly config: ImageConfig;
  /** Compressed layers and config, bytes. */
  readonly compressedBytes: number;
  /** Unpacked layers, bytes on disk. */
  readonly unpackedBytes: number;
  /** The topmost first. */
  readonly lowerDirs: readonly string[];
}

/** A named image in a list. */
export interface ListedImage {
  readonly name: string;
  /** When it was pulled, or touched. */
  readonly touchedAt: number;
}

/** The file system that holds the images. */
export interface StoreSpace {
  readonly totalBytes: number;
  readonly freeBytes: number;
}

export interface UnpackRequest {
  readonly name: string;
  readonly digest: string;
  readonly manifest: Descriptor;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  /** Resolves when a layer's blob is there, so that those below are unpacked meanwhile; left out: all are there. */
  readonly arrived?: (layer: Descriptor) => Promise<void>;
  /** What its layers may take on disk, where each file counts for `LEAST_BYTES_A_FILE` at least; left out: as much as there is. */
  readonly maxBytes?: number;
  /** Called for each layer that is unpacked, or was already. */
  readonly onUnpacked?: () => void;
}

export interface ImageLease {
  readonly id: string;
  /**
   * Ends it. The blobs that it holds, and what there is of those under way, stay for `keepMs` (0 when left out), so that
   * another pull can go on from them.
   */
  release(keepMs?: number): Promise<void>;
}

export interface ImageStore {
  /** Holds all that is written with it until released. */
  lease(): Promise<ImageLease>;
  hasBlob(digest: string): Promise<boolean>;
  /** From now on the lease holds the blob, or what there is of it while another one writes it. May be repeated. */
  holdBlob(digest: string, lease: ImageLease): Promise<void>;
  /** Bytes of a small blob (manifest, config; at most 16 MiB); `not-found`. */
  readBlob(digest: string): Promise<Buffer>;
  /**
   * Writes a blob. `source(offset)` yields the bytes from there on, so that a piece that is already there is not
   * fetched again. The digest is verified: `invalid` when it differs, and nothing is kept. A blob that is there
   * already resolves at once. Two writers of one digest: the second waits for the first.
   */
  writeBlob(
    descriptor: Descriptor,
    source: (offset: number) => AsyncIterable<Uint8Array>,
    lease: ImageLease,
    signal?: AbortSignal,
  ): Promise<void>;
  /**
   * Unpacks what is not yet unpacked, links the blobs to the manifest (and the manifest to `digest`, where that is
   * an index) against collection, and names the image. `failed-precondition` with errno ENOSPC in details when the
   * disk is full, or the image takes more than `maxBytes`; `invalid` when a layer's content is not what its config says; what `arrived` rejects with.
   */
  unpack(request: UnpackRequest, lease: ImageLease, signal?: AbortSignal): Promise<StoredImage>;
  /** A named image, when its digest is still this one and all of it is unpacked. Cheap: called at every start. */
  find(name: string, digest: string): Promise<StoredImage | undefined>;
  /**
   * A file of the image, looked up from the topmost layer down, whiteouts obeyed; links cannot lead out of the
   * layers. Undefined when absent or no regular file. At most `maxBytes` are read.
   */
  readFile(image: StoredImage, path: string, maxBytes: number): Promise<Buffer | undefined>;
  /**
   * Fills an empty directory of the host with a directory of the image as containers see it: content, owners, modes,
   * times, links, extended attributes that a container can see (security.capability). Devices are left out, hard links
   * become copies, and the target itself gets owner and mode of the source. Links in `path` never lead out of the
   * layers. Resolves false when the image has no such directory; nothing is changed then. May be repeated over a
   * half-filled target, and safe when somebody changes it meanwhile: nothing is ever made outside.
   * `failed-precondition` with errno ENOSPC in details when the target is full; `not-found` without it.
   */
  copyDirectory(image: StoredImage, path: string, target: string): Promise<boolean>;
  list(): Promise<readonly ListedImage[]>;
  /** Notes that an image is used now, beyond a restart. Nothing where there is no such image. */
  touch(name: string): Promise<void>;
  space(): Promise<StoreSpace>;
  /**
   * Drops a name; its blobs and layers are collected when nothing else holds them, and their room is free when this
   * resolves. May be repeated.
   */
  remove(name: string): Promise<void>;
}
