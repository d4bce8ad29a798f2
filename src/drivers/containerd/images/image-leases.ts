/**
 * Leases in containerd, and the blobs that each is known to hold. One that is released while its blobs are to stay hands them
 * to a lease that ends by itself; so nothing is collected between the two.
 */
import { randomUUID } from 'node:crypto';
import { hasKind } from '../../../domain/errors.ts';
import type { ImageLease } from '../../../ports/image-store.ts';
import type { ContainerdClient } from '../grpc/containerd-client.ts';
import { checkDigest, ingestRef } from './content-blobs.ts';

export class ImageLeases {
  readonly #client: ContainerdClient;
  /** Digests by lease. */
  readonly #held = new Map<string, Set<string>>();

  constructor(client: ContainerdClient) {
    this.#client = client;
  }

  /** A lease whose holder was killed ends after `lifeMs`. */
  async open(lifeMs: number): Promise<ImageLease> {
    const id = await this.#create(lifeMs);
    this.#held.set(id, new Set());
    return { id, release: (keepMs = 0) => this.#release(id, keepMs) };
  }

  /** The lease holds a blob by way of its own call. */
  note(digest: string, id: string): void {
    this.#held.get(id)?.add(checkDigest(digest));
  }

  /** Whether it holds the blob, or the call does that is about to write it. */
  isNoted(digest: string, id: string): boolean {
    return this.#held.get(id)?.has(digest) === true;
  }

  /** Holds a blob, whole or under way. */
  async hold(digest: string, id: string): Promise<void> {
    this.note(digest, id);
    const resources = [
      { id: checkDigest(digest), type: 'content' },
      { id: ingestRef(digest), type: 'ingests' },
    ];
    await Promise.all(resources.map((resource) => this.#client.call('leaseAddResource', { id, resource })));
  }

  async #create(lifeMs: number): Promise<string> {
    const id = `neargate-${randomUUID()}`;
    const expire = new Date(Date.now() + lifeMs).toISOString();
    await this.#client.call('leaseCreate', { id, labels: { 'containerd.io/gc.expire': expire } });
    return id;
  }

  async #release(id: string, keepMs: number): Promise<void> {
    const held = this.#held.get(id) ?? new Set<string>();
    this.#held.delete(id);
    if (keepMs > 0 && held.size > 0) {
      const next = await this.#create(keepMs);
      await Promise.all([...held].map((digest) => this.hold(digest, next)));
    }
    try {
      await this.#client.call('leaseDelete', { id });
    } catch (error) {
      if (!hasKind(error, 'not-found')) throw error;
    }
  }
}
