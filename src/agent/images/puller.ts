/**
 * Image pulls for tasks. Each one asks the registry what its reference names now: one round trip, through the task's
 * own network. When this machine has just that, unpacked, it is done; else it is fetched. Tasks that want the same image
 * follow the first of them while it gets on; pulls of different images share their blobs.
 */
import { AppError, toAppError } from '../../domain/errors.ts';
import { formatPlatform, matchesPlatform } from '../../domain/oci/platform.ts';
import { formatReference, type ImageReference, parseReference } from '../../domain/oci/reference.ts';
import type { Descriptor } from '../../domain/oci/types.ts';
import type { PullProgress } from '../../domain/task/pull-progress.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ImageLease, ImageStore, StoredImage } from '../../ports/image-store.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Registry } from '../../ports/registry.ts';
import { BlobTurns } from './blob-turns.ts';
import { type FetchTools, ImageFetch } from './fetch-image.ts';
import type { ImagePuller, PullRequest } from './image-puller.ts';
import type { ImageUse } from './image-use.ts';
import { Limiter } from '../limiter.ts';
import { LeadingPull } from './leading-pull.ts';
import { ProgressMeter } from './progress.ts';
import { pullFailureReason } from './pull-failure.ts';
import { atStep, stepOf } from './pull-step.ts';
import { Attempts, type RetryPolicy } from './retry.ts';

export interface ImagePullerOptions {
  readonly registry: Registry;
  readonly store: ImageStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told of every pull; left out where nothing removes images. */
  readonly use?: ImageUse;
  /** For the question what a reference names. */
  readonly resolveRetry?: RetryPolicy;
  /** For manifests and blobs; counted anew after each piece that came. */
  readonly copyRetry?: RetryPolicy;
  /** Layers fetched at the same time, of one image and in all. */
  readonly layersPerPull?: number;
  readonly layersInAll?: number;
  /** How long a task waits for another's pull that does not get on, before it goes on by its own network. */
  readonly patienceMs?: number;
  /** Called now and then during a pull, for each task that waits for it. Must not throw. */
  readonly onProgress?: (request: PullRequest, progress: PullProgress) => void;
}

/** What a reference names now, and for whom. */
interface Wanted {
  readonly reference: ImageReference;
  readonly root: Descriptor;
  readonly request: PullRequest;
}

export const DEFAULT_RESOLVE_RETRY: RetryPolicy = {
  attempts: 5,
  firstDelayMs: 100,
  factor: 3,
  maxDelayMs: 2000,
  budgetMs: 45_000,
};
export const DEFAULT_COPY_RETRY: RetryPolicy = {
  attempts: 5,
  firstDelayMs: 200,
  factor: 2,
  maxDelayMs: 2000,
  budgetMs: 60_000,
};
const LAYERS_PER_PULL = 3;
const LAYERS_IN_ALL = 8;
const PATIENCE_MS = 5000;
/** How long the pieces of a pull that failed, or was not wanted any more, stay for another one. */
const KEEP_PARTS_MS = 600_000;

/** The agent's image puller. */
export function createImagePuller(options: ImagePullerOptions): ImagePuller {
  return new TaskImagePuller(options);
}

class TaskImagePuller implements ImagePuller {
  readonly #options: ImagePullerOptions;
  readonly #tools: FetchTools;
  readonly #patienceMs: number;
  /** By name, digest and platform. */
  readonly #leading = new Map<string, LeadingPull>();

  constructor(options: ImagePullerOptions) {
    const { registry, store, clock, copyRetry, layersPerPull, layersInAll } = options;
    this.#options = options;
    this.#patienceMs = options.patienceMs ?? PATIENCE_MS;
    this.#tools = {
      registry,
      store,
      clock,
      retry: copyRetry ?? DEFAULT_COPY_RETRY,
      turns: new BlobTurns(clock, this.#patienceMs),
      limiter: new Limiter(layersInAll ?? LAYERS_IN_ALL),
      layersAtOnce: layersPerPull ?? LAYERS_PER_PULL,
    };
  }

  async pull(request: PullRequest, signal: AbortSignal): Promise<StoredImage> {
    let reference: ImageReference;
    try {
      reference = parseReference(request.reference);
    } catch (error) {
      throw toAppError(error);
    }
    try {
      const { clock } = this.#options;
      await this.#options.use?.begin(formatReference(reference));
      const askedAt = clock.now();
      const root = await this.#resolve(reference, request, signal);
      const resolvedAt = clock.now();
      const known = await this.#find(reference, root, request);
      if (known !== undefined) {
        const times = { resolveMs: resolvedAt - askedAt, findMs: clock.now() - resolvedAt };
        const { name: image, digest } = known;
        this.#options.logger.debug('image is here already', { image, digest, ...times });
        return known;
      }
      return await this.#bring(reference, root, request, signal);
    } catch (error) {
      throw failed(error, reference, signal);
    }
  }

  /** The image as the store has it, when it is just this one and for this platform. */
  async #find(
    reference: ImageReference,
    root: Descriptor,
    request: PullRequest,
  ): Promise<StoredImage | undefined> {
    const image = await this.#options.store.find(formatReference(reference), root.digest);
    return image !== undefined && isFor(image, request) ? image : undefined;
  }

  #resolve(reference: ImageReference, request: PullRequest, signal: AbortSignal): Promise<Descriptor> {
    const { registry, clock, resolveRetry = DEFAULT_RESOLVE_RETRY } = this.#options;
    const { dialer, auth } = request;
    const context = { dialer, signal, ...(auth === undefined ? {} : { auth }) };
    return atStep('resolve', async (attempted) => {
      const attempts = new Attempts(resolveRetry, clock);
      for (;;) {
        attempted(attempts.count);
        try {
          return await registry.resolve(reference, context);
        } catch (error) {
          await attempts.next(error, signal);
        }
      }
    });
  }

  /** Follows the pull of the same image that is under way; fetches what is missing when there is none, or it fails. */
  async #bring(
    reference: ImageReference,
    root: Descriptor,
    request: PullRequest,
    signal: AbortSignal,
  ): Promise<StoredImage> {
    const key = `${formatReference(reference)} ${root.digest} ${formatPlatform(request.platform)}`;
    const leading = this.#leading.get(key);
    const wanted = { reference, root, request };
    if (leading !== undefined) {
      const onProgress = (progress: PullProgress): void => this.#options.onProgress?.(request, progress);
      const isThere = await leading.isThere(onProgress, signal);
      const image = isThere ? await this.#find(reference, root, request) : undefined;
      if (image !== undefined) return image;
    }
    return this.#lead(key, wanted, signal);
  }

  /** Fetches what is missing; others may follow, as long as nothing fails. */
  async #lead(key: string, wanted: Wanted, signal: AbortSignal): Promise<StoredImage> {
    const { clock, store } = this.#options;
    const pull = new LeadingPull(clock, this.#patienceMs);
    if (!this.#leading.has(key)) this.#leading.set(key, pull);
    const endLead = (): void => {
      pull.trouble();
      if (this.#leading.get(key) === pull) this.#leading.delete(key);
    };
    const lease = await store.lease();
    let keepMs = 0;
    try {
      const image = await this.#fetch(wanted, pull, { lease, onTrouble: endLead }, signal);
      pull.done();
      return image;
    } catch (error) {
      // Others, and the next try, go on from what there is. Where the disk is full, it is in the way.
      if (signal.aborted || toAppError(error).retryable) keepMs = KEEP_PARTS_MS;
      throw error;
    } finally {
      await lease.release(keepMs);
      endLead();
    }
  }

  async #fetch(
    { reference, root, request }: Wanted,
    pull: LeadingPull,
    on: { lease: ImageLease; onTrouble: () => void },
    signal: AbortSignal,
  ): Promise<StoredImage> {
    const { clock, logger, onProgress } = this.#options;
    const { dialer, auth, platform, roomBytes = Infinity } = request;
    const name = formatReference(reference);
    const context = { dialer, ...(auth === undefined ? {} : { auth }) };
    const meter = new ProgressMeter(clock, (progress) => {
      onProgress?.(request, progress);
      pull.tell(progress);
    });
    const startedAt = clock.now();
    const target = { reference, name, root, platform, roomBytes, context };
    const image = await new ImageFetch(this.#tools, target, { meter, ...on }).run(signal);
    const { bytesDone: bytes, layersTotal: layers } = meter.current;
    const durationMs = clock.now() - startedAt;
    logger.info('image pulled', { image: name, digest: root.digest, bytes, layers, durationMs });
    return image;
  }
}

/** An index may have been unpacked for another platform; a single manifest is what it is. */
function isFor(image: StoredImage, request: PullRequest): boolean {
  return image.digest === image.manifestDigest || matchesPlatform(image.config, request.platform);
}

/** The same error with the text that users read. */
function failed(error: unknown, reference: ImageReference, signal: AbortSignal): AppError {
  const failure = toAppError(error);
  const kind = signal.aborted ? 'aborted' : failure.kind;
  const message = signal.aborted
    ? 'context canceled'
    : pullFailureReason(failure, reference, stepOf(failure));
  return new AppError(kind, message, { cause: failure, details: failure.details });
}
