/**
 * The messages between control plane and agent: one JSON object a WebSocket message.
 *
 * Level-triggered: on every connect the agent says `hello` with all that it knows, the control plane answers `state`
 * with all that it wants; after that each side sends whole pictures of single tasks. Everything but hello, ack and
 * credentials carries a sequence number of its sender, counted from 1 on each connection, and is acknowledged once
 * it is durably recorded at the receiver. What was not acknowledged is said again on the next connect.
 */
import type { DesiredTask, TaskCredentials, TaskReport } from '../domain/task/assignment.ts';

export const LINK_PROTOCOL = 1;

/** What a machine is, as placement needs it. */
export interface MachineFacts {
  readonly machineId: string;
  readonly version: string;
  readonly cpuArchitecture: 'X86_64' | 'ARM64';
  /** 1024 a processor. */
  readonly cpuUnits: number;
  readonly memoryMiB: number;
  /** Empty: the machine serves every zone. */
  readonly availabilityZones: readonly string[];
}

export type AgentMessage =
  | {
      readonly type: 'hello';
      readonly protocol: number;
      readonly machine: MachineFacts;
      readonly reports: readonly TaskReport[];
    }
  | { readonly type: 'report'; readonly sequence: number; readonly report: TaskReport }
  | { readonly type: 'ack'; readonly sequence: number }
  /** Credentials of a task near their end, or lost in a restart. */
  | { readonly type: 'need-credentials'; readonly taskId: string };

export type ControlMessage =
  /** All tasks that are to be on this machine; the agent stops and forgets any other. Says what to do, once, on connect. */
  | {
      readonly type: 'state';
      readonly sequence: number;
      readonly tasks: readonly DesiredTask[];
      readonly settledTaskIds: readonly string[];
    }
  /** One task, new or changed. */
  | { readonly type: 'task'; readonly sequence: number; readonly task: DesiredTask }
  /** The control plane has the task's STOPPED on record: the agent may forget it. */
  | { readonly type: 'settled'; readonly sequence: number; readonly taskId: string }
  | { readonly type: 'credentials'; readonly taskId: string; readonly credentials: TaskCredentials }
  | { readonly type: 'ack'; readonly sequence: number };
