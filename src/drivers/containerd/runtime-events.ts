/**
 * The stream of exits and out-of-memory kills. containerd keeps no events for those who are not connected, and does
 * not say when a subscription has begun. So after each connect a probe event is published until it comes back on the
 * subscription; then the stream says `resync`, and nothing from then on is missed.
 * The queue is bounded: a reader that is too slow loses the queue and gets a `resync`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RuntimeEvent } from '../../ports/container-runtime.ts';
import { recordedSpec } from './container-record.ts';
import type { ContainerdClient } from './grpc/containerd-client.ts';
import { killCountFile, readKillCount } from './kill-count.ts';
import { type OomSources, OomWatch } from './oom-watch.ts';
import { decode } from './proto/codec.ts';
import type { Response } from './proto/message-types.ts';
import { epochMs } from './timestamps.ts';

const EXIT_TOPIC = '/tasks/exit';
const OOM_TOPIC = '/tasks/oom';
const PROBE_TOPIC = '/neargate/probe';
const PROBE_TYPE = 'neargate.Probe';
const PROBE_INTERVAL_MS = 100;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2000;
const LONGEST_QUEUE = 10_000;
/** Ids of ours; anything else in the namespace is not looked at. */
const OUR_ID = /^[0-9a-f]{32}-\d{1,10}$/;

/** Subscribes at once; the events wait in the queue until they are read. Ends with the signal. A break is told once. */
export function runtimeEvents(
  client: ContainerdClient,
  signal: AbortSignal,
  onBreak: (reason: unknown) => void,
): AsyncIterable<RuntimeEvent> {
  const queue = new EventQueue(signal);
  void subscribeForEver(client, queue, signal, onBreak);
  return queue.read();
}

async function subscribeForEver(
  client: ContainerdClient,
  queue: EventQueue,
  signal: AbortSignal,
  onBreak: (reason: unknown) => void,
): Promise<void> {
  let pauseMs = FIRST_PAUSE_MS;
  let isTold = false;
  while (!signal.aborted) {
    try {
      await subscribeOnce(client, queue, signal, () => {
        pauseMs = FIRST_PAUSE_MS;
        isTold = false;
      });
    } catch (error) {
      if (!signal.aborted && !isTold) onBreak(error);
      isTold = true;
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => {});
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

async function subscribeOnce(
  client: ContainerdClient,
  queue: EventQueue,
  signal: AbortSignal,
  onLive: () => void,
): Promise<void> {
  const filters = [EXIT_TOPIC, OOM_TOPIC, PROBE_TOPIC].map(
    (topic) => `topic=="${topic}",namespace=="${client.namespace}"`,
  );
  const oomWatch = new OomWatch(oomSources(client), (event) => queue.push(event));
  const ended = new AbortController();
  const either = AbortSignal.any([signal, ended.signal]);
  let live = false;
  try {
    const stream = client.stream('eventSubscribe', { filters }, { signal: either });
    const probing = probeUntil(client, () => live, either);
    probing.catch((error: unknown) => ended.abort(error));
    for await (const envelope of stream) {
      if (!live) {
        live = true;
        onLive();
        queue.push({ type: 'resync' });
      }
      const event = toRuntimeEvent(envelope);
      if (event?.type === 'oom') oomWatch.oom(event.id);
      else if (event !== undefined) oomWatch.exit(event);
    }
  } finally {
    ended.abort();
  }
}

function oomSources(client: ContainerdClient): OomSources {
  return {
    pidOf: async (id) => (await client.call('taskGet', { containerId: id })).process?.pid,
    async killsIn(id) {
      const { container } = await client.call('containerGet', { id });
      if (container === undefined) return undefined;
      return readKillCount(killCountFile(recordedSpec(container).linux.cgroupsPath));
    },
  };
}

/** Publishes probes until one (or anything else) has come back. */
async function probeUntil(
  client: ContainerdClient,
  isLive: () => boolean,
  signal: AbortSignal,
): Promise<void> {
  for (let waitMs = 2; !isLive() && !signal.aborted; waitMs = Math.min(waitMs * 2, PROBE_INTERVAL_MS)) {
    await client.call(
      'eventPublish',
      { topic: PROBE_TOPIC, event: { typeUrl: PROBE_TYPE } },
      { signal, timeoutMs: 5000 },
    );
    await sleep(waitMs, undefined, { signal });
  }
}

function toRuntimeEvent(
  envelope: Response<'Envelope'>,
): Exclude<RuntimeEvent, { type: 'resync' }> | undefined {
  const payload = envelope.event?.value;
  if (payload === undefined) return undefined;
  if (envelope.topic === EXIT_TOPIC) {
    const { containerId, id, exitStatus, exitedAt } = decode('TaskExitEvent', payload);
    // A process that was started by exec has an id of its own.
    if (id !== containerId || !OUR_ID.test(id)) return undefined;
    const at = epochMs(exitedAt) ?? epochMs(envelope.timestamp) ?? 0;
    return { type: 'exit', id, exit: { exitCode: exitStatus, exitedAt: at } };
  }
  if (envelope.topic === OOM_TOPIC) {
    const { containerId } = decode('TaskOomEvent', payload);
    return OUR_ID.test(containerId) ? { type: 'oom', id: containerId } : undefined;
  }
  return undefined;
}

class EventQueue {
  readonly #signal: AbortSignal;
  #events: RuntimeEvent[] = [];
  #wake: () => void = () => {};

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#wake(), { once: true });
  }

  push(event: RuntimeEvent): void {
    if (this.#events.length >= LONGEST_QUEUE) this.#events = [{ type: 'resync' }];
    else this.#events.push(event);
    this.#wake();
  }

  async *read(): AsyncGenerator<RuntimeEvent> {
    while (!this.#signal.aborted) {
      const events = this.#events;
      this.#events = [];
      for (const event of events) {
        if (this.#signal.aborted) return;
        yield event;
      }
      if (this.#events.length > 0 || this.#signal.aborted) continue;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
