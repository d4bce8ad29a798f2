/** A puller with a fake registry, an image store in memory and a clock that never waits. */
import type { TestContext } from 'node:test';
import type { ImagePuller, PullRequest } from '../../../src/agent/images/image-puller.ts';
import { createImagePuller, type ImagePullerOptions } from '../../../src/agent/images/puller.ts';
import type { HttpTimeouts } from '../../../src/drivers/http-client/http-client.ts';
import { OciRegistry } from '../../../src/drivers/registry-oci/oci-registry.ts';
import { LINUX_AMD64 } from '../../../src/domain/oci/platform.ts';
import type { TaskAssignment } from '../../../src/domain/task/assignment.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { Logger } from '../../../src/ports/logger.ts';
import { FakeRegistry, type FakeRegistryOptions } from '../registry/fake-registry.ts';
import { HostDialer } from '../registry/host-dialer.ts';
import { WatchedImageStore } from './watched-image-store.ts';

/** Longer than any wait that a pull makes for a registry: waits for other pulls take so long. */
const PATIENCE_MS = 3_600_000;

/** Sleeps take no time, but the clock goes on; those as long as the patience with other pulls never end. */
export class HastyClock implements Clock {
  readonly sleeps: number[] = [];
  #now = 0;

  now(): number {
    return this.#now;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (ms >= PATIENCE_MS / 2) return untilAborted(signal);
    this.sleeps.push(ms);
    this.#now += ms;
    await Promise.resolve();
  }
}

export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};

export interface PullScene {
  readonly server: FakeRegistry;
  readonly store: WatchedImageStore;
  readonly clock: HastyClock;
  readonly dialer: HostDialer;
  readonly puller: ImagePuller;
  /** A request of task `task` for the reference (`app:latest` of the fake registry when left out). */
  readonly request: (reference?: string, rest?: Partial<PullRequest>) => PullRequest;
}

export interface PullSceneOptions {
  readonly server?: FakeRegistryOptions;
  readonly timeouts?: Partial<HttpTimeouts>;
  readonly puller?: Partial<ImagePullerOptions>;
  readonly dialer?: HostDialer;
}

export async function aPullScene(t: TestContext, options: PullSceneOptions = {}): Promise<PullScene> {
  const server = await FakeRegistry.start(options.server);
  t.after(() => server.close());
  const store = new WatchedImageStore();
  const clock = new HastyClock();
  const dialer = options.dialer ?? new HostDialer();
  const registry = new OciRegistry({ timeouts: options.timeouts ?? {} });
  const parts = { registry, store, clock, logger: silentLogger, patienceMs: PATIENCE_MS };
  const puller = createImagePuller({ ...parts, ...options.puller });
  const request = (
    reference = `${server.host}/app:latest`,
    rest: Partial<PullRequest> = {},
  ): PullRequest => ({
    reference,
    assignment: { taskId: 'task' } as TaskAssignment,
    dialer,
    platform: LINUX_AMD64,
    ...rest,
  });
  return { server, store, clock, dialer, puller, request };
}

function untilAborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
