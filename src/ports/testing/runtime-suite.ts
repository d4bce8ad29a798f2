/** What the cases of the runtimes' suite share: containers with ids of their own, and a reader of events. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerRuntime, CreateContainerRequest, RuntimeEvent } from '../container-runtime.ts';
import type { RuntimeHarness, WantedBehaviour } from './runtime-harness.ts';
import { patient } from './patience.ts';

const EVENT_TIMEOUT_MS = patient(15_000);

export class Suite {
  readonly harness: RuntimeHarness;
  readonly #endings: AbortController[] = [];
  #count = 0;

  constructor(harness: RuntimeHarness) {
    this.harness = harness;
  }

  get runtime(): ContainerRuntime {
    return this.harness.runtime;
  }

  freshId(taskId?: string): string {
    this.#count += 1;
    const number = String(this.#count);
    return `${taskId ?? randomBytes(16).toString('hex')}-${number.padStart(10, '0')}`;
  }

  async request(behaviour: WantedBehaviour, taskId?: string): Promise<CreateContainerRequest> {
    return this.harness.request(this.freshId(taskId), behaviour);
  }

  async started(behaviour: WantedBehaviour): Promise<CreateContainerRequest> {
    const request = await this.request(behaviour);
    await this.runtime.create(request);
    await this.runtime.start(request.id);
    return request;
  }

  /** Events from now on. */
  async listen(): Promise<EventReader> {
    const ending = new AbortController();
    this.#endings.push(ending);
    const reader = new EventReader(this.runtime.events(ending.signal));
    await reader.next((event) => event.type === 'resync');
    return reader;
  }

  /** Nothing tells of a command's start. */
  async untilCommandRuns(id: string): Promise<void> {
    const deadline = AbortSignal.timeout(EVENT_TIMEOUT_MS);
    while ((await this.harness.commandsIn(id)).length === 0) {
      deadline.throwIfAborted();
      await sleep(5);
    }
  }

  async close(): Promise<void> {
    for (const ending of this.#endings) ending.abort();
    await this.harness.close();
  }
}

export class EventReader {
  readonly #iterator: AsyncIterator<RuntimeEvent>;

  constructor(events: AsyncIterable<RuntimeEvent>) {
    this.#iterator = events[Symbol.asyncIterator]();
  }

  async next(wanted: (event: RuntimeEvent) => boolean): Promise<RuntimeEvent> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('the event did not come')), EVENT_TIMEOUT_MS);
    });
    try {
      for (;;) {
        const result = await Promise.race([this.#iterator.next(), late]);
        if (result.done === true) throw new Error('the events ended');
        if (wanted(result.value)) return result.value;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  async exitOf(id: string): Promise<Extract<RuntimeEvent, { type: 'exit' }>> {
    const event = await this.next((each) => each.type === 'exit' && each.id === id);
    return event as Extract<RuntimeEvent, { type: 'exit' }>;
  }
}

/** A file has no event that tells of its content. */
export async function untilFileHas(path: string, text: string): Promise<void> {
  const deadline = AbortSignal.timeout(EVENT_TIMEOUT_MS);
  while (!(await readFile(path, 'utf8')).includes(text)) {
    deadline.throwIfAborted();
    await sleep(5);
  }
}
