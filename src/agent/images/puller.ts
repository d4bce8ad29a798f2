/**
 * Image pulls for tasks. Each one asks the registry what its reference names now: one round trip, through the task's
 * own network. When this machine has just that, unpacked, it is done; else it is fetched, once for all tasks that
 * wait for the same image.
 */
import { AppError, toAppError } from '../../domain/errors.ts';
import { formatPlatform, matchesPlatform } from '../../domain/oci/platform.ts';
import { formatReference, type ImageReference, parseReference } from '../../domain/oci/reference.ts';
import type { Descriptor } from '../../domain/oci/types.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ImageStore, StoredImage } from '../../ports/image-store.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Registry } from '../../ports/registry.ts';
import { ImageFetch } from './fetch-image.ts';
import type { ImagePuller, PullRequest } from './image-puller.ts';
import { Limiter } from './limiter.ts';
import { ProgressMeter, type PullProgress } from './progress.ts';
import { pullFailureReason } from './pull-failure.ts';
import { atStep, stepOf } from './pull-step.ts';
import { Attempts, type RetryPolicy } from './retry.ts';
import { SharedPull } from './shared-pull.ts';

export interface ImagePullerOptions {
  readonly registry: Registry;
  readonly store: ImageStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** For the question what a reference names. */
  readonly resolveRetry?: RetryPolicy;
  /** For manifests and blobs; counted anew after each piece that came. */
  readonly copyRetry?: RetryPolicy;
  /** Layers fetched at the same time, of one image and in all. */
  readonly layersPerPull?: number;
  readonly layersInAll?: number;
  /** Called now and then during a pull, for each task that waits for it. Must not throw. */
  readonly onProgress?: (request: PullRequest, progress: PullProgress) => void;
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

/** The agent's image puller. */
export function createImagePuller(options: ImagePullerOptions): ImagePuller {
  return new TaskImagePuller(options);
}

class TaskImagePuller implements ImagePuller {
  readonly #options: ImagePullerOptions;
  readonly #limiter: Limiter;
  readonly #running = new Map<string, SharedPull>();

  constructor(options: ImagePullerOptions) {
    this.#options = options;
    this.#limiter = new Limiter(options.layersInAll ?? LAYERS_IN_ALL);
  }

  async pull(request: PullRequest, signal: AbortSignal): Promise<StoredImage> {
    let reference: ImageReference;
    try {
      reference = parseReference(request.reference);
    } catch (error) {
      throw toAppError(error);
    }
    try {
      const { clock, store, logger } = this.#options;
      const askedAt = clock.now();
      const root = await this.#resolve(reference, request, signal);
      const resolvedAt = clock.now();
      const known = await store.find(formatReference(reference), root.digest);
      if (known !== undefined && isFor(known, request)) {
        const times = { resolveMs: resolvedAt - askedAt, findMs: clock.now() - resolvedAt };
        logger.debug('image is here already', { image: known.name, digest: known.digest, ...times });
        return known;
      }
      return await this.#fetch(
        { ...request, reference: formatReference(reference) },
        reference,
        root,
        signal,
      );
    } catch (error) {
      throw failed(error, reference, signal);
    }
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

  /** Joins the pull of the same image that is under way, or begins one. */
  async #fetch(
    request: PullRequest,
    reference: ImageReference,
    root: Descriptor,
    signal: AbortSignal,
  ): Promise<StoredImage> {
    const name = formatReference(reference);
    const key = `${name} ${root.digest} ${formatPlatform(request.platform)}`;
    const { onProgress } = this.#options;
    const member = {
      request,
      signal,
      onProgress: (progress: PullProgress) => onProgress?.(request, progress),
    };
    const running = this.#running.get(key);
    if (running !== undefined && !running.signal.aborted) return running.join(member);
    const started = new SharedPull(member, async (network, tell) => {
      const meter = new ProgressMeter(this.#options.clock, tell);
      const target = { reference, name, root, platform: request.platform };
      const startedAt = this.#options.clock.now();
      const image = await new ImageFetch(this.#tools(), target, network, meter).run();
      const { bytesDone: bytes, layersTotal: layers } = meter.current;
      const durationMs = this.#options.clock.now() - startedAt;
      this.#options.logger.info('image pulled', {
        image: name,
        digest: root.digest,
        bytes,
        layers,
        durationMs,
      });
      return image;
    });
    this.#running.set(key, started);
    try {
      return await started.join(member);
    } finally {
      void started.settled.then(() => {
        if (this.#running.get(key) === started) this.#running.delete(key);
      });
    }
  }

  #tools(): ConstructorParameters<typeof ImageFetch>[0] {
    const { registry, store, clock, copyRetry, layersPerPull } = this.#options;
    return {
      registry,
      store,
      clock,
      retry: copyRetry ?? DEFAULT_COPY_RETRY,
      layersAtOnce: layersPerPull ?? LAYERS_PER_PULL,
      limiter: this.#limiter,
    };
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
