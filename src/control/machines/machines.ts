/**
 * The machines that are connected now, and what of each is promised to tasks. In memory: connections end with the
 * process, promises are read back from the assignments at the start.
 */
import type { Candidate, TaskShare } from '../../domain/machine.ts';
import type { MachineFacts } from '../../wire/link-messages.ts';
import type { AgentSession } from '../link/agent-session.ts';

export class Machines {
  readonly #sessions = new Map<string, { facts: MachineFacts; session: AgentSession }>();
  readonly #arrivals: (() => void)[] = [];
  readonly #promises = new Map<string, Map<string, TaskShare>>();

  /** A newer connection of the same machine replaces the older one, which is returned to be closed. */
  connected(facts: MachineFacts, session: AgentSession): AgentSession | undefined {
    const previous = this.#sessions.get(facts.machineId)?.session;
    this.#sessions.set(facts.machineId, { facts, session });
    for (const resolve of this.#arrivals.splice(0)) resolve();
    return previous;
  }

  /** What the machine is now; of a connection that was replaced it counts no more. */
  changed(facts: MachineFacts, session: AgentSession): void {
    if (this.#sessions.get(facts.machineId)?.session === session) {
      this.#sessions.set(facts.machineId, { facts, session });
    }
  }

  /** Resolves when at least one machine is connected. */
  async someConnected(): Promise<void> {
    if (this.#sessions.size === 0) await new Promise<void>((resolve) => this.#arrivals.push(resolve));
  }

  disconnected(machineId: string, session: AgentSession): void {
    if (this.#sessions.get(machineId)?.session === session) this.#sessions.delete(machineId);
  }

  session(machineId: string): AgentSession | undefined {
    return this.#sessions.get(machineId)?.session;
  }

  facts(): MachineFacts[] {
    return [...this.#sessions.values()].map(({ facts }) => facts);
  }

  promise(machineId: string, taskId: string, demand: TaskShare): void {
    const tasks = this.#promises.get(machineId) ?? new Map<string, TaskShare>();
    const { cpuUnits, memoryMiB, ephemeralStorageGiB } = demand;
    tasks.set(taskId, { cpuUnits, memoryMiB, ephemeralStorageGiB });
    this.#promises.set(machineId, tasks);
  }

  /** Whether a machine has the task, until its end is on record. */
  hasTask(taskId: string): boolean {
    return [...this.#promises.values()].some((tasks) => tasks.has(taskId));
  }

  release(machineId: string, taskId: string): void {
    this.#promises.get(machineId)?.delete(taskId);
  }

  /** Connected machines with the sums promised of them. */
  candidates(): Candidate[] {
    return [...this.#sessions.values()].map(({ facts }) => {
      const promised = { cpuUnits: 0, memoryMiB: 0, ephemeralStorageGiB: 0 };
      for (const share of this.#promises.get(facts.machineId)?.values() ?? []) {
        promised.cpuUnits += share.cpuUnits;
        promised.memoryMiB += share.memoryMiB;
        promised.ephemeralStorageGiB += share.ephemeralStorageGiB;
      }
      return { machine: facts, promised };
    });
  }
}
