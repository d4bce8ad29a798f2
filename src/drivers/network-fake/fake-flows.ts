/** Traffic of VPCs that tests make up, told as the kernel would: running connections at a look, the rest at once. */
import type { ConnectionLook, FlowObservation } from '../../domain/network/flow-logs/flow-observation.ts';
import type { FlowWatch } from '../../ports/task-network.ts';

type OnObservation = (observation: FlowObservation) => void;

export class FakeFlows {
  readonly #watchers = new Map<string, Set<OnObservation>>();
  /** By VPC, then by the connection's id. */
  readonly #running = new Map<string, Map<string, ConnectionLook>>();

  watch(vpcId: string, onObservation: OnObservation, signal: AbortSignal): FlowWatch {
    const watchers = getOrMake(this.#watchers, vpcId, () => new Set<OnObservation>());
    // Its own function: the same one may be watching twice.
    const watcher: OnObservation = (observation) => onObservation(observation);
    if (!signal.aborted) watchers.add(watcher);
    signal.addEventListener('abort', () => watchers.delete(watcher), { once: true });
    return {
      look: async () => {
        if (!watchers.has(watcher)) return;
        for (const connection of this.#running.get(vpcId)?.values() ?? []) watcher(connection);
      },
    };
  }

  tell(vpcId: string, observation: FlowObservation): void {
    if (observation.type === 'connection') {
      const running = getOrMake(this.#running, vpcId, () => new Map<string, ConnectionLook>());
      if (observation.endedAt === undefined) {
        running.set(observation.id, observation);
        return;
      }
      running.delete(observation.id);
    }
    for (const watcher of this.#watchers.get(vpcId) ?? []) watcher(observation);
  }
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
