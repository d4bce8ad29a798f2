/** Faults in the network of a task, on purpose. They end with the task's network, and outlive the agent. */
import type { NetworkFault } from '../domain/metadata/network-faults.ts';

export interface NetworkFaults {
  /** The faults that there are, by `faultName`. `not-found` for a task without a network. */
  running(taskId: string): Promise<ReadonlySet<string>>;
  /**
   * Injects a fault; one of the same name stays as it is. What the task and its metadata endpoint say to each other is
   * spared. `not-found` for a task without a network, `unavailable` when the kernel cannot do it: then nothing is changed.
   */
  start(taskId: string, fault: NetworkFault): Promise<void>;
  /** Ends a fault, if there is one. `not-found` for a task without a network. */
  stop(taskId: string, fault: string): Promise<void>;
  close(): Promise<void>;
}
