/** Manifests in the registry, by digest: it knows no tags. */
import type { Readable } from 'node:stream';
import { AppError } from '../../../domain/errors.ts';
import { MANIFEST_ACCEPT } from '../../../domain/oci/media-types.ts';
import type { ImageRegistry, RegistryAnswer } from '../../../ports/image-registry.ts';

/** ECR takes no larger one. */
export const LARGEST_MANIFEST = 4 * 1024 * 1024;

/** An error of the registry's protocol. */
export interface RegistryError {
  readonly code: string;
  readonly message: string;
  readonly detail?: unknown;
}

export class Manifests {
  readonly #registry: ImageRegistry;

  constructor(registry: ImageRegistry) {
    this.#registry = registry;
  }

  /** `invalid` with `status` and `errors` in details when the registry refuses it. */
  async put(place: string, digest: string, bytes: Buffer, mediaType: string): Promise<void> {
    const answer = await this.#registry.exchange({
      method: 'PUT',
      path: pathOf(place, digest),
      headers: { 'content-type': mediaType, 'content-length': bytes.length },
      body: bytes,
    });
    await expect(answer, [201]);
  }

  async read(place: string, digest: string): Promise<Buffer> {
    const headers = { accept: MANIFEST_ACCEPT.join(', ') };
    const answer = await this.#registry.exchange({ method: 'GET', path: pathOf(place, digest), headers });
    return expect(answer, [200]);
  }

  /** May be repeated. */
  async remove(place: string, digest: string): Promise<void> {
    const answer = await this.#registry.exchange({ method: 'DELETE', path: pathOf(place, digest) });
    await expect(answer, [202, 404]);
  }
}

const pathOf = (place: string, digest: string): string => `/v2/${place}/manifests/${digest}`;

async function expect({ status, body }: RegistryAnswer, statuses: readonly number[]): Promise<Buffer> {
  const bytes = await readAll(body, 2 * LARGEST_MANIFEST);
  if (statuses.includes(status)) return bytes;
  const errors = errorsIn(bytes);
  const kind = status >= 500 ? 'unavailable' : 'invalid';
  throw new AppError(kind, errors[0]?.message ?? `the registry answered with status ${status}`, {
    details: { status, errors },
  });
}

async function readAll(body: Readable, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limitBytes) throw new AppError('invalid', 'the registry answers too much');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function errorsIn(bytes: Buffer): RegistryError[] {
  try {
    const { errors } = JSON.parse(bytes.toString('utf8')) as { errors?: RegistryError[] };
    return Array.isArray(errors) ? errors : [];
  } catch {
    return [];
  }
}
