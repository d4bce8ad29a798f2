/**
 * One connection of one agent, on the control plane's side. Talks in whole pictures: hello in, state out, then single
 * tasks both ways and VPCs. A report is acknowledged after it is on record. Ends with its connection; holds no durable state.
 */
import type { VpcPicture } from '../../domain/network/vpc.ts';
import type { ImagePull } from '../../domain/task/pull-progress.ts';
import type { DesiredTask, TaskCredentials, TaskReport } from '../../domain/task/assignment.ts';
import type { MinuteBatch } from '../../domain/telemetry/task-minute.ts';
import type { ServerCertificate } from '../../domain/server-certificate.ts';
import type { LinkConnection } from '../../ports/link.ts';
import type { Logger } from '../../ports/logger.ts';
import { decodeAgentMessage, encodeLinkMessage } from '../../wire/link-codec.ts';
import {
  type AgentFigures,
  type AgentMessage,
  type ControlMessage,
  LINK_PROTOCOL,
  type MachineFacts,
  type VpcName,
} from '../../wire/link-messages.ts';
import { Outbox } from '../../wire/link-outbox.ts';

/** What a session asks of the control plane. */
export interface SessionHost {
  /** The machine is there; returns all that is to run on it. Reports of the hello are on record by then. */
  hello(machine: MachineFacts, has: MachineContent, session: AgentSession): Promise<MachineState>;
  /** Of the machine that said hello. */
  machineChanged(machine: MachineFacts, session: AgentSession): void;
  report(machineId: string, report: TaskReport): Promise<'recorded' | 'settled'>;
  pulling(machineId: string, pull: ImagePull): void;
  /** Undefined when the machine has no such task. */
  credentials(machineId: string, taskId: string): Promise<TaskCredentials | undefined>;
  /** Of the task's own role; undefined when the machine has no such task, or the task no role. */
  roleCredentials(machineId: string, taskId: string): Promise<TaskCredentials | undefined>;
  /** By which the machine delivers flow logs of an account. */
  deliveryCredentials(machineId: string, account: string): TaskCredentials;
  /** For the name of a file system; undefined for any other name. */
  certificate(name: string): ServerCertificate | undefined;
  gone(machineId: string, session: AgentSession): void;
}

/** Who is told what machines measure. */
export interface TelemetryHost {
  figures(machineId: string, figures: AgentFigures, session: AgentSession): void;
  gone(machineId: string, session: AgentSession): void;
}

/** Who is told what tasks use. */
export interface MinutesHost {
  /** Resolves once it is on record. May be told again. */
  minutes(machineId: string, batch: MinuteBatch): Promise<void>;
}

/** Whom a session tells. */
export interface SessionHosts {
  readonly tasks: SessionHost;
  readonly telemetry: TelemetryHost;
  readonly minutes: MinutesHost;
}

/** What a machine says that it has. */
export interface MachineContent {
  readonly reports: readonly TaskReport[];
  readonly vpcs: readonly VpcName[];
}

export interface MachineState {
  readonly vpcs: readonly VpcPicture[];
  readonly tasks: readonly DesiredTask[];
  /** Reported tasks whose end is on record. */
  readonly settledTaskIds: readonly string[];
}

type PictureMessage =
  | { type: 'task'; task: DesiredTask }
  | { type: 'settled'; taskId: string }
  | { type: 'vpc'; vpc: VpcPicture }
  | { type: 'vpc-removed'; vpcId: string };

export class AgentSession {
  readonly #connection: LinkConnection;
  readonly #host: SessionHost;
  readonly #telemetry: TelemetryHost;
  readonly #minutesHost: MinutesHost;
  readonly #logger: Logger;
  readonly #outbox: Outbox<PictureMessage>;
  #machineId: string | undefined;
  /** The hello has been answered. */
  #greeted = Promise.resolve();
  /** What is said before the state went out waits here, so that no older state comes after it: the newest of a key. */
  #beforeState: Map<string, PictureMessage> | undefined = new Map();

  constructor(connection: LinkConnection, hosts: SessionHosts, logger: Logger) {
    this.#connection = connection;
    this.#host = hosts.tasks;
    this.#telemetry = hosts.telemetry;
    this.#minutesHost = hosts.minutes;
    this.#logger = logger;
    this.#outbox = new Outbox((message, sequence) => this.#send({ ...message, sequence }));
    connection.onMessage((text) => {
      this.#handle(text).catch((error: unknown) => {
        logger.error('link: a message of the agent failed', { machineId: this.#machineId, error });
        connection.close();
      });
    });
    void connection.closed.then(() => {
      this.#outbox.close();
      if (this.#machineId === undefined) return;
      this.#host.gone(this.#machineId, this);
      this.#telemetry.gone(this.#machineId, this);
    });
  }

  /** How many messages the agent has not acknowledged. */
  get backlog(): number {
    return this.#outbox.backlog + (this.#beforeState?.size ?? 0);
  }

  /** Sends (or sends anew) what is wanted of a task. Credentials go ahead of it. */
  sendTask(task: DesiredTask, credentials: TaskCredentials | undefined): void {
    const { taskId } = task.assignment;
    if (credentials !== undefined) this.sendCredentials(taskId, credentials);
    this.#put({ type: 'task', task });
  }

  /** Sends what a VPC is now. */
  sendVpc(vpc: VpcPicture): void {
    this.#put({ type: 'vpc', vpc });
  }

  sendVpcRemoved(vpcId: string): void {
    this.#put({ type: 'vpc-removed', vpcId });
  }

  /** Resolves when the newest that was said of the VPC is on its way, or never will be. */
  vpcSent(vpcId: string): Promise<void> {
    return this.#outbox.sent(vpcKey(vpcId));
  }

  sendCredentials(taskId: string, credentials: TaskCredentials): void {
    this.#send({ type: 'credentials', taskId, credentials });
  }

  close(): void {
    this.#connection.close();
  }

  async #handle(text: string): Promise<void> {
    const message = decodeAgentMessage(text);
    if (message.type === 'hello') {
      this.#greeted = this.#hello(message);
      return this.#greeted;
    }
    if (this.#machineId === undefined) return this.#connection.close();
    switch (message.type) {
      case 'ack':
        return this.#outbox.acknowledged(message.sequence);
      case 'report': {
        const outcome = await this.#host.report(this.#machineId, message.report);
        this.#send({ type: 'ack', sequence: message.sequence });
        const { taskId } = message.report;
        if (outcome === 'settled') this.#put({ type: 'settled', taskId });
        return;
      }
      case 'machine':
        await this.#greeted;
        return this.#host.machineChanged({ ...message.machine, machineId: this.#machineId }, this);
      case 'pull':
        return this.#host.pulling(this.#machineId, message.pull);
      case 'figures':
        return this.#telemetry.figures(this.#machineId, message.figures, this);
      case 'need-credentials': {
        const credentials = await this.#host.credentials(this.#machineId, message.taskId);
        if (credentials !== undefined) this.sendCredentials(message.taskId, credentials);
        return;
      }
      case 'need-role-credentials': {
        const { taskId } = message;
        const credentials = await this.#host.roleCredentials(this.#machineId, taskId);
        if (credentials !== undefined) this.#send({ type: 'role-credentials', taskId, credentials });
        return;
      }
      case 'need-delivery-credentials': {
        const { account } = message;
        const credentials = this.#host.deliveryCredentials(this.#machineId, account);
        return this.#send({ type: 'delivery-credentials', account, credentials });
      }
      case 'need-certificate': {
        const { name } = message;
        const certificate = this.#host.certificate(name);
        if (certificate !== undefined) this.#send({ type: 'certificate', name, certificate });
        return;
      }
      case 'minutes':
        return this.#minutes(this.#machineId, message.batch);
    }
  }

  /** What cannot be recorded is told again: tasks are not to wait for it. */
  async #minutes(machineId: string, batch: MinuteBatch): Promise<void> {
    try {
      await this.#minutesHost.minutes(machineId, batch);
      this.#send({ type: 'minutes-recorded', number: batch.number });
    } catch (error) {
      this.#logger.error('link: cannot record what tasks used', { machineId, error });
    }
  }

  async #hello(message: Extract<AgentMessage, { type: 'hello' }>): Promise<void> {
    const { machine, protocol, reports, vpcs } = message;
    if (protocol !== LINK_PROTOCOL) {
      this.#logger.error('link: the agent speaks another protocol', {
        protocol,
        machineId: machine.machineId,
      });
      return this.#connection.close();
    }
    this.#machineId = machine.machineId;
    const state = await this.#host.hello(machine, { reports, vpcs }, this);
    this.#send({ type: 'state', sequence: this.#outbox.nextSequence(), ...state });
    const waiting = this.#beforeState ?? new Map();
    this.#beforeState = undefined;
    for (const [key, one] of waiting) this.#outbox.put(key, one);
  }

  #put(message: PictureMessage): void {
    const key = keyOf(message);
    if (this.#beforeState !== undefined) this.#beforeState.set(key, message);
    else this.#outbox.put(key, message);
  }

  #send(message: ControlMessage): void {
    this.#connection.send(encodeLinkMessage(message));
  }
}

const vpcKey = (vpcId: string): string => `vpc ${vpcId}`;

function keyOf(message: PictureMessage): string {
  switch (message.type) {
    case 'task':
      return message.task.assignment.taskId;
    case 'settled':
      return message.taskId;
    case 'vpc':
      return vpcKey(message.vpc.vpcId);
    case 'vpc-removed':
      return vpcKey(message.vpcId);
  }
}
