/**
 * NetworkFaults by nftables in the task's namespace, and by netem where packets are to be late. All state is the
 * kernel's: that a chain is there says that the fault is.
 */
import { KeyedSerial } from '../../domain/keyed-serial.ts';
import {
  FAULT_KINDS,
  faultName,
  type Latency,
  type NetworkFault,
} from '../../domain/metadata/network-faults.ts';
import { Namespaces } from '../../linux/namespace.ts';
import type { Within } from '../../linux/sockets.ts';
import type { NetworkFaults } from '../../ports/network-faults.ts';
import { FAULT_TABLE, faultEnd, faultRules, SLOW_CLASS } from './fault-rules.ts';
import { Names, TASK_INTERFACE } from './names.ts';
import { runTool } from './run-tool.ts';

const QDISC = ['tc', 'qdisc'];
const ROOT = ['dev', TASK_INTERFACE, 'root', 'handle', '1:'];
/** Packets that nothing was said of go to the last of three bands. */
const BANDS = ['prio', 'bands', '3', 'priomap', ...Array.from({ length: 16 }, () => '2')];

export interface LinuxNetworkFaultsOptions {
  /** As the network's. */
  readonly instance: string;
}

export class LinuxNetworkFaults implements NetworkFaults {
  readonly #names: Names;
  readonly #namespaces = new Namespaces();
  readonly #perTask = new KeyedSerial();

  constructor({ instance }: LinuxNetworkFaultsOptions) {
    this.#names = new Names(instance);
  }

  running(taskId: string): Promise<ReadonlySet<string>> {
    return this.#perTask.run(taskId, () => this.#running(taskId));
  }

  start(taskId: string, fault: NetworkFault): Promise<void> {
    return this.#perTask.run(taskId, async () => {
      if ((await this.#running(taskId)).has(faultName(fault))) return;
      const inject = () => this.#load(taskId, faultRules(fault));
      await (fault.kind === 'network-latency' ? this.#slowDown(taskId, fault, inject) : inject());
    });
  }

  stop(taskId: string, fault: string): Promise<void> {
    return this.#perTask.run(taskId, async () => {
      if (!(await this.#running(taskId)).has(fault)) return;
      await this.#load(taskId, faultEnd(fault, !FAULT_KINDS.some((kind) => kind === fault)));
      if (fault === 'network-latency') await this.#run(taskId, [...QDISC, 'del', ...ROOT]);
    });
  }

  async close(): Promise<void> {
    await this.#perTask.idle();
    this.#namespaces.close();
  }

  async #running(taskId: string): Promise<ReadonlySet<string>> {
    const printed = await this.#run(taskId, ['nft', '-j', 'list', 'chains']);
    const { nftables } = JSON.parse(printed) as {
      nftables: { chain?: { table: string; name: string; hook?: string } }[];
    };
    const own = nftables.filter(({ chain }) => chain?.table === FAULT_TABLE && chain.hook !== undefined);
    return new Set(own.map(({ chain }) => chain?.name ?? ''));
  }

  /** Makes the slow class before something is put into it. */
  async #slowDown(
    taskId: string,
    { delayMs, jitterMs }: Latency,
    inject: () => Promise<void>,
  ): Promise<void> {
    const place = ['dev', TASK_INTERFACE, 'parent', SLOW_CLASS, 'handle', '10:'];
    await this.#run(taskId, [...QDISC, 'replace', ...ROOT, ...BANDS]);
    try {
      await this.#run(taskId, [...QDISC, 'add', ...place, 'netem', 'delay', `${delayMs}ms`, `${jitterMs}ms`]);
      await inject();
    } catch (error) {
      await this.#run(taskId, [...QDISC, 'del', ...ROOT]).catch(() => undefined);
      throw error;
    }
  }

  async #load(taskId: string, script: string): Promise<void> {
    await this.#run(taskId, ['nft', '-f', '-'], script);
  }

  async #run(taskId: string, command: readonly string[], input?: string): Promise<string> {
    const name = this.#names.taskNamespace(taskId);
    const within: Within = (action) => this.#namespaces.insideNamed(name, action);
    return await runTool(command, input, within);
  }
}
