/** Builds OCI (or Docker v2) images in memory: layers from tar entries, configuration, manifest, index. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import {
  DOCKER_CONFIG,
  DOCKER_LAYER,
  DOCKER_LAYER_GZIP,
  DOCKER_MANIFEST,
  DOCKER_MANIFEST_LIST,
  OCI_CONFIG,
  OCI_INDEX,
  OCI_LAYER,
  OCI_LAYER_GZIP,
  OCI_MANIFEST,
} from '../../domain/oci/media-types.ts';
import type {
  Descriptor,
  ImageConfig,
  ImageIndex,
  ImageManifest,
  ImageRunConfig,
  Platform,
} from '../../domain/oci/types.ts';
import { type TarEntry, writeTar } from './tar.ts';

export interface BuiltBlob {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
}

/** Everything that a push sends. `root` is what the tag will name: a manifest, or an index of `manifests`. */
export interface BuiltImage {
  readonly root: BuiltBlob;
  /** Manifests below an index; empty for an image of one platform. */
  readonly manifests: readonly BuiltBlob[];
  /** Layers and configurations. */
  readonly blobs: readonly BuiltBlob[];
}

/** A layer as the registry holds it, with the digest of its uncompressed archive. */
export interface BuiltLayer extends BuiltBlob {
  readonly diffId: string;
}

export type ImageFormat = 'oci' | 'docker';

export interface ImageSpec {
  readonly layers: readonly BuiltLayer[];
  readonly config?: ImageRunConfig;
  readonly platform?: Platform;
  readonly format?: ImageFormat;
}

/** A gzip (or plain) layer of these entries. */
export function buildLayer(
  entries: readonly TarEntry[],
  options: { compression?: 'gzip' | 'none'; format?: ImageFormat } = {},
): BuiltLayer {
  const tar = writeTar(entries);
  const docker = options.format === 'docker';
  if (options.compression === 'none') return wrapLayer(tar, tar, docker ? DOCKER_LAYER : OCI_LAYER);
  return wrapLayer(gzipSync(tar, { level: 6 }), tar, docker ? DOCKER_LAYER_GZIP : OCI_LAYER_GZIP);
}

/** A layer that was compressed by other means (zstd, say); `tar` is its uncompressed archive. */
export function wrapLayer(bytes: Buffer, tar: Buffer, mediaType: string): BuiltLayer {
  return { ...blob(bytes, mediaType), diffId: sha256(tar) };
}

/** An image for one platform (linux/amd64 when none is given). */
export function buildImage(spec: ImageSpec): BuiltImage {
  const docker = spec.format === 'docker';
  const platform = spec.platform ?? { os: 'linux', architecture: 'amd64' };
  const config: ImageConfig & { created: string } = {
    created: '1970-01-01T00:00:00Z',
    ...platform,
    config: spec.config ?? {},
    rootfs: { type: 'layers', diff_ids: spec.layers.map((layer) => layer.diffId) },
  };
  const configBlob = jsonBlob(config, docker ? DOCKER_CONFIG : OCI_CONFIG);
  const mediaType = docker ? DOCKER_MANIFEST : OCI_MANIFEST;
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType,
    config: configBlob.descriptor,
    layers: spec.layers.map((layer) => layer.descriptor),
  };
  const root = jsonBlob(manifest, mediaType);
  return {
    root: { ...root, descriptor: { ...root.descriptor, platform } },
    manifests: [],
    blobs: [...spec.layers.map(({ descriptor, bytes }) => ({ descriptor, bytes })), configBlob],
  };
}

/** One name for the images of several platforms. */
export function buildIndex(images: readonly BuiltImage[], format: ImageFormat = 'oci'): BuiltImage {
  const mediaType = format === 'docker' ? DOCKER_MANIFEST_LIST : OCI_INDEX;
  const index: ImageIndex = {
    schemaVersion: 2,
    mediaType,
    manifests: images.map((image) => image.root.descriptor),
  };
  return {
    root: jsonBlob(index, mediaType),
    manifests: images.map((image) => image.root),
    blobs: images.flatMap((image) => image.blobs),
  };
}

/** `sha256:<hex>` of the bytes. */
export function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function jsonBlob(value: unknown, mediaType: string): BuiltBlob {
  return blob(Buffer.from(JSON.stringify(value)), mediaType);
}

function blob(bytes: Buffer, mediaType: string): BuiltBlob {
  return { descriptor: { mediaType, digest: sha256(bytes), size: bytes.length }, bytes };
}
