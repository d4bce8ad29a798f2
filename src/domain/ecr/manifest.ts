/** What ECR reads of a manifest: sizes and what it refers to. */
import { AppError } from '../errors.ts';

export interface ManifestFacts {
  readonly mediaType: string;
  readonly artifactMediaType?: string;
  /** Of layers and configuration; 0 for an index. */
  readonly sizeBytes: number;
  /** Digests of the manifests of an index. */
  readonly manifests: readonly string[];
}

interface Descriptor {
  readonly digest?: unknown;
  readonly size?: unknown;
  readonly mediaType?: unknown;
}

/** Throws `invalid` for what is no manifest. `declared`: the media type that the sender gave. */
export function readManifest(text: string, declared: string | undefined): ManifestFacts {
  const manifest = parse(text);
  const mediaType = declared ?? textOf(manifest['mediaType']);
  if (mediaType === undefined) throw new AppError('invalid', 'the manifest has no media type');
  const config = manifest['config'] as Descriptor | undefined;
  const artifactMediaType = textOf(manifest['artifactType']) ?? textOf(config?.mediaType);
  const blobs = [...(config === undefined ? [] : [config]), ...descriptors(manifest['layers'])];
  return {
    mediaType,
    ...(artifactMediaType === undefined ? {} : { artifactMediaType }),
    sizeBytes: blobs.reduce((sum, { size }) => sum + (typeof size === 'number' ? size : 0), 0),
    manifests: descriptors(manifest['manifests']).flatMap(({ digest }) => textOf(digest) ?? []),
  };
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // The same answer as for JSON of another form.
  }
  throw new AppError('invalid', 'the manifest is no JSON object');
}

function descriptors(value: unknown): Descriptor[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'object' && each !== null) : [];
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
