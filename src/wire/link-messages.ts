/**
 * The messages between control plane and agent: one JSON object a WebSocket message.
 *
 * Level-triggered: on every connect the agent says `hello` with all that it knows, the control plane answers `state`
 * with all that it wants; after that each side sends whole pictures of single tasks and VPCs. A VPC is told before the
 * first task in it, a change of it before the tasks that came after the change. Everything but hello, ack, machine,
 * credentials, certificates, pulls, figures and minutes (which have numbers of their own) carries a sequence number of
 * its sender, counted from 1 on each connection, and is acknowledged
 * once it is durably recorded at the receiver. What was not acknowledged is said again on the next connect.
 */
import type { Scope } from '../domain/arn.ts';
import type { VpcPicture } from '../domain/network/vpc.ts';
import type { MetricFamily } from '../domain/telemetry/metrics.ts';
import type { ImagePull } from '../domain/task/pull-progress.ts';
import type { DesiredTask, TaskCredentials, TaskReport } from '../domain/task/assignment.ts';
import type { MinuteBatch } from '../domain/telemetry/task-minute.ts';
import type { ServerCertificate } from '../domain/server-certificate.ts';

export const LINK_PROTOCOL = 5;

/** What a machine is, as placement needs it. */
export interface MachineFacts {
  readonly machineId: string;
  readonly version: string;
  readonly cpuArchitecture: 'X86_64' | 'ARM64';
  /** 1024 a processor. */
  readonly cpuUnits: number;
  readonly memoryMiB: number;
  /** As in domain/machine.ts; changes while the machine is connected. */
  readonly diskMiB: number;
  /** Empty: the machine serves every zone. */
  readonly availabilityZones: readonly string[];
}

/** What an agent measured of itself and its machine. */
export interface AgentFigures {
  readonly version: string;
  /** Since when its counters count; epoch milliseconds. */
  readonly since: number;
  /** When it measured; epoch milliseconds. */
  readonly at: number;
  readonly families: readonly MetricFamily[];
}

/** A VPC that a machine has. */
export interface VpcName extends Scope {
  readonly vpcId: string;
}

export type AgentMessage =
  | {
      readonly type: 'hello';
      readonly protocol: number;
      readonly machine: MachineFacts;
      readonly reports: readonly TaskReport[];
      /** What the machine has been told of earlier: it is kept up to date, or removed. */
      readonly vpcs: readonly VpcName[];
    }
  | { readonly type: 'report'; readonly sequence: number; readonly report: TaskReport }
  | { readonly type: 'ack'; readonly sequence: number }
  /** The machine is another than its hello said. */
  | { readonly type: 'machine'; readonly machine: MachineFacts }
  /** How far a pull is now: never recorded, and said again on connect while the pull goes on. */
  | { readonly type: 'pull'; readonly pull: ImagePull }
  /** Never recorded: the newest counts. */
  | { readonly type: 'figures'; readonly figures: AgentFigures }
  /** Credentials of a task near their end, or lost in a restart. */
  | { readonly type: 'need-credentials'; readonly taskId: string }
  /** Credentials of a task's own role, which its containers ask for. */
  | { readonly type: 'need-role-credentials'; readonly taskId: string }
  /** Credentials to deliver an account's flow logs with. */
  | { readonly type: 'need-delivery-credentials'; readonly account: string }
  /** A certificate for the name of a file system that the machine serves. */
  | { readonly type: 'need-certificate'; readonly name: string }
  /** What tasks used in a minute: said again, on this connection or another, until it is recorded. */
  | { readonly type: 'minutes'; readonly batch: MinuteBatch };

export type ControlMessage =
  /** All tasks and VPCs that are to be on this machine; any other is ended. Says what to do, once, on connect. */
  | {
      readonly type: 'state';
      readonly sequence: number;
      readonly vpcs: readonly VpcPicture[];
      readonly tasks: readonly DesiredTask[];
      readonly settledTaskIds: readonly string[];
    }
  /** One VPC, new or changed. */
  | { readonly type: 'vpc'; readonly sequence: number; readonly vpc: VpcPicture }
  /** The VPC was deleted: what the machine has of it goes with its last interface. */
  | { readonly type: 'vpc-removed'; readonly sequence: number; readonly vpcId: string }
  /** One task, new or changed. */
  | { readonly type: 'task'; readonly sequence: number; readonly task: DesiredTask }
  /** The control plane has the task's STOPPED on record: the agent may forget it. */
  | { readonly type: 'settled'; readonly sequence: number; readonly taskId: string }
  | { readonly type: 'credentials'; readonly taskId: string; readonly credentials: TaskCredentials }
  | { readonly type: 'role-credentials'; readonly taskId: string; readonly credentials: TaskCredentials }
  | {
      readonly type: 'delivery-credentials';
      readonly account: string;
      readonly credentials: TaskCredentials;
    }
  | { readonly type: 'certificate'; readonly name: string; readonly certificate: ServerCertificate }
  /** The batch of this number is on record, whatever was said on which connection. */
  | { readonly type: 'minutes-recorded'; readonly number: number }
  | { readonly type: 'ack'; readonly sequence: number };
