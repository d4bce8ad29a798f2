/** NetworkFaults in memory: they are noted, and do nothing. */
import { AppError } from '../../domain/errors.ts';
import { faultName, type NetworkFault } from '../../domain/metadata/network-faults.ts';
import type { NetworkFaults } from '../../ports/network-faults.ts';
import type { TaskNetwork } from '../../ports/task-network.ts';

export class FakeNetworkFaults implements NetworkFaults {
  readonly #network: Pick<TaskNetwork, 'listAttached'>;
  readonly #faults = new Map<string, Map<string, NetworkFault>>();

  constructor(network: Pick<TaskNetwork, 'listAttached'>) {
    this.#network = network;
  }

  async running(taskId: string): Promise<ReadonlySet<string>> {
    return new Set((await this.#of(taskId)).keys());
  }

  async start(taskId: string, fault: NetworkFault): Promise<void> {
    const faults = await this.#of(taskId);
    if (!faults.has(faultName(fault))) faults.set(faultName(fault), fault);
  }

  async stop(taskId: string, fault: string): Promise<void> {
    (await this.#of(taskId)).delete(fault);
  }

  async close(): Promise<void> {}

  async #of(taskId: string): Promise<Map<string, NetworkFault>> {
    const attached = await this.#network.listAttached();
    if (!attached.includes(taskId)) {
      this.#faults.delete(taskId);
      throw new AppError('not-found', `task ${taskId} has no network`);
    }
    const faults = this.#faults.get(taskId) ?? new Map<string, NetworkFault>();
    this.#faults.set(taskId, faults);
    return faults;
  }
}
