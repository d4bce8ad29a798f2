/** Reads manifests, indexes and configurations: bytes of others, so nothing in them is taken on trust. */
import { AppError } from '../../domain/errors.ts';
import { isLayerType } from '../../domain/oci/media-types.ts';
import type { Descriptor, ImageConfig, ImageManifest } from '../../domain/oci/types.ts';

const DIGEST = /^(sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$/;
const MAX_LAYERS = 1000;
/** Each is made on the task's disk. */
const MAX_VOLUMES = 1000;

// What a container is made from; as for Docker, null is the same as nothing.
const RUN_MEMBERS: Readonly<Record<string, (value: unknown) => boolean>> = {
  User: isText,
  WorkingDir: isText,
  StopSignal: isText,
  Env: areTexts,
  Entrypoint: areTexts,
  Cmd: areTexts,
  Volumes: (value) =>
    isObject(value) && areTexts(Object.keys(value)) && Object.keys(value).length <= MAX_VOLUMES,
};

/** The manifests of an index, with their platforms. */
export function parseIndex(bytes: Buffer): Descriptor[] {
  const { manifests } = parseObject(bytes, 'index');
  if (!Array.isArray(manifests)) throw malformed('index');
  return manifests.map((each) => checkDescriptor(each, 'index'));
}

/** A manifest with the configuration and layers that can be unpacked. */
export function parseManifest(bytes: Buffer): Pick<ImageManifest, 'config' | 'layers'> {
  const { config, layers } = parseObject(bytes, 'manifest');
  if (!Array.isArray(layers) || layers.length > MAX_LAYERS) throw malformed('manifest');
  const checked = layers.map((each) => checkDescriptor(each, 'manifest'));
  const odd = checked.find((layer) => !isLayerType(layer.mediaType));
  if (odd !== undefined) {
    throw new AppError('invalid', `no processor for media-type: ${odd.mediaType.slice(0, 200)}`);
  }
  return { config: checkDescriptor(config, 'manifest'), layers: checked };
}

/** An image's configuration; its layers are as many as the manifest's. */
export function parseImageConfig(bytes: Buffer, layerCount: number): ImageConfig {
  const config = parseObject(bytes, 'configuration') as Partial<ImageConfig>;
  const diffIds: unknown = config.rootfs?.diff_ids ?? [];
  if (!Array.isArray(diffIds) || typeof config.os !== 'string' || typeof config.architecture !== 'string') {
    throw malformed('configuration');
  }
  if (diffIds.length !== layerCount) {
    throw new AppError(
      'invalid',
      `number of layers and diffIDs don't match: ${layerCount} != ${diffIds.length}`,
    );
  }
  if (!isRunConfig(config.config ?? {})) throw malformed('configuration');
  return config as ImageConfig;
}

function isRunConfig(value: unknown): boolean {
  return (
    isObject(value) &&
    Object.entries(RUN_MEMBERS).every(
      ([name, isGood]) => value[name] === undefined || value[name] === null || isGood(value[name]),
    )
  );
}

/** No system call takes a NUL. */
function isText(value: unknown): boolean {
  return typeof value === 'string' && !value.includes('\0');
}

function areTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseObject(bytes: Buffer, what: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    if (isObject(value)) return value;
  } catch {
    // Said below.
  }
  throw malformed(what);
}

function checkDescriptor(value: unknown, what: string): Descriptor {
  const { mediaType, digest, size } = (value ?? {}) as Partial<Descriptor>;
  const isGood =
    typeof mediaType === 'string' &&
    typeof digest === 'string' &&
    DIGEST.test(digest) &&
    Number.isSafeInteger(size) &&
    (size as number) >= 0;
  if (!isGood) throw malformed(what);
  return value as Descriptor;
}

function malformed(what: string): AppError {
  return new AppError('invalid', `the image's ${what} is malformed`);
}
