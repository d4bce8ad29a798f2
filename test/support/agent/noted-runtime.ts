/** A runtime whose acts are noted by task, in the words of a fake machine's: `start web`, `exit web 3`, `check web 0`. */
import type { ContainerRuntime, CreateContainerRequest } from '../../../src/ports/container-runtime.ts';

export interface Notes {
  readonly wrap: (runtime: ContainerRuntime) => ContainerRuntime;
  /** What happened to a task's containers so far, in order. */
  readonly actsOf: (taskId: string) => string[];
}

const NAME_LABEL = 'com.amazonaws.ecs.container-name';

export function noteActs(): Notes {
  const acts = new Map<string, string[]>();
  const names = new Map<string, string>();
  const actsOf = (taskId: string): string[] => {
    const known = acts.get(taskId) ?? [];
    acts.set(taskId, known);
    return known;
  };
  const note = (id: string, verb: string, value: number | '' = ''): void => {
    actsOf(id.slice(0, id.lastIndexOf('-'))).push(`${verb} ${names.get(id) ?? id} ${value}`.trim());
  };
  const wrap = (runtime: ContainerRuntime): ContainerRuntime => ({
    async create(request: CreateContainerRequest, signal) {
      names.set(request.id, request.labels[NAME_LABEL] ?? request.id);
      const made = await runtime.create(request, signal);
      note(request.id, 'create');
      return made;
    },
    async start(id, signal) {
      await runtime.start(id, signal);
      note(id, 'start');
    },
    async restart(id, signal) {
      await runtime.restart(id, signal);
      note(id, 'restart');
    },
    async exec(id, request, signal) {
      const result = await runtime.exec(id, request, signal);
      note(id, 'check', result.exitCode);
      return result;
    },
    signal(id, signal) {
      note(id, 'signal', signal);
      return runtime.signal(id, signal);
    },
    delete: (id) => runtime.delete(id),
    inspect: (id) => runtime.inspect(id),
    list: () => runtime.list(),
    async *events(signal) {
      for await (const event of runtime.events(signal)) {
        if (event.type === 'exit') note(event.id, 'exit', event.exit.exitCode);
        yield event;
      }
    },
    close: () => runtime.close(),
  });
  return { wrap, actsOf };
}
