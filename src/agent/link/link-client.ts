/**
 * The agent's end of the link: connects, says hello with all that it knows, does what it is told, says what changes.
 * Connects again for ever, with growing delay. A message is acknowledged once the agent has it on record.
 */
import type { VpcPicture } from '../../domain/network/vpc.ts';
import type { DesiredTask, TaskCredentials, TaskReport } from '../../domain/task/assignment.ts';
import type { ImagePull } from '../../domain/task/pull-progress.ts';
import type { MinuteBatch } from '../../domain/telemetry/task-minute.ts';
import type { ServerCertificate } from '../../domain/server-certificate.ts';
import type { Clock } from '../../ports/clock.ts';
import type { LinkConnection, LinkTransport } from '../../ports/link.ts';
import type { Logger } from '../../ports/logger.ts';
import { decodeControlMessage, encodeLinkMessage } from '../../wire/link-codec.ts';
import {
  type AgentFigures,
  type AgentMessage,
  type ControlMessage,
  LINK_PROTOCOL,
  type MachineFacts,
  type VpcName,
} from '../../wire/link-messages.ts';
import { Outbox } from '../../wire/link-outbox.ts';

const FIRST_DELAY_MS = 25;
const LAST_DELAY_MS = 1_000;

/** What the link asks of the agent. Each promise resolves once the intent is durably recorded. */
export interface LinkedAgent {
  /** All tasks that are to be here; any other is stopped and forgotten. */
  setDesired(tasks: readonly DesiredTask[]): Promise<void>;
  upsert(task: DesiredTask): Promise<void>;
  settled(taskId: string): Promise<void>;
  credentials(taskId: string, credentials: TaskCredentials): void;
  roleCredentials(taskId: string, credentials: TaskCredentials): void;
  reports(): readonly TaskReport[];
}

/** What the link asks of the machine's VPCs, in the same way. */
export interface LinkedVpcs {
  /** All VPCs that are to be here. */
  setAll(vpcs: readonly VpcPicture[]): Promise<void>;
  put(vpc: VpcPicture): Promise<void>;
  remove(vpcId: string): Promise<void>;
  known(): readonly VpcName[];
}

/** Who delivers flow logs. */
export interface LinkedDelivery {
  credentials(account: string, credentials: TaskCredentials): void;
}

/** Who ends TLS of file systems. */
export interface LinkedCertificates {
  set(name: string, certificate: ServerCertificate): void;
}

/** Who tells what tasks use. */
export interface LinkedMinutes {
  /** Sends a batch again and again until it is acknowledged, one after the other, until `disconnected`. */
  connected(send: (batch: MinuteBatch) => void): void;
  disconnected(): void;
  /** The batch of this number is on record. */
  acknowledged(number: number): void;
}

export interface LinkClientDeps {
  readonly transport: LinkTransport;
  readonly agent: LinkedAgent;
  readonly vpcs: LinkedVpcs;
  readonly delivery: LinkedDelivery;
  readonly certificates: LinkedCertificates;
  readonly minutes: LinkedMinutes;
  /** As it is now. */
  readonly machine: () => MachineFacts;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class LinkClient {
  readonly #deps: LinkClientDeps;
  #outbox: Outbox<TaskReport> | undefined;
  #send: ((message: AgentMessage) => void) | undefined;
  /** Under way, by task and image. */
  readonly #pulls = new Map<string, ImagePull>();
  /** Names whose certificate has not come yet. */
  readonly #certificates = new Set<string>();

  constructor(deps: LinkClientDeps) {
    this.#deps = deps;
  }

  /** Tells the control plane of a task's new state, now or on the next connect. */
  report(report: TaskReport): void {
    if (report.status !== 'PENDING') this.#forgetPulls(report.taskId);
    this.#outbox?.put(report.taskId, report);
  }

  /** Tells what the machine is now; without a connection, the next hello does. */
  machineChanged(): void {
    this.#send?.({ type: 'machine', machine: this.#deps.machine() });
  }

  /** Tells how far a pull is; without a connection, the next connect does. */
  pulling(pull: ImagePull): void {
    const key = `${pull.taskArn} ${pull.image}`;
    if (pull.progress.phase === 'done') this.#pulls.delete(key);
    else this.#pulls.set(key, pull);
    this.#send?.({ type: 'pull', pull });
  }

  /** Tells what the agent measured of itself; without a connection it is lost, and the next is told. */
  figures(figures: AgentFigures): void {
    this.#send?.({ type: 'figures', figures });
  }

  /** How many messages the control plane has not acknowledged. */
  get backlog(): number {
    return this.#outbox?.backlog ?? 0;
  }

  /** Asks for a task's credentials; the answer comes to the agent. Without a connection nothing is asked: the next
   * connect brings them. */
  needCredentials(taskId: string): void {
    this.#send?.({ type: 'need-credentials', taskId });
  }

  /** The same for the credentials of a task's own role. */
  needRoleCredentials(taskId: string): void {
    this.#send?.({ type: 'need-role-credentials', taskId });
  }

  /** Asks for credentials to deliver an account's flow logs with. Without a connection nothing is asked. */
  needDeliveryCredentials(account: string): void {
    this.#send?.({ type: 'need-delivery-credentials', account });
  }

  /** Asks for a certificate, now or on the next connect. */
  needCertificate(name: string): void {
    this.#certificates.add(name);
    this.#send?.({ type: 'need-certificate', name });
  }

  /** Runs until the signal fires. */
  async run(signal: AbortSignal): Promise<void> {
    const { transport, clock, logger } = this.#deps;
    let delayMs = FIRST_DELAY_MS;
    while (!signal.aborted) {
      try {
        const connection = await transport.connect(signal);
        delayMs = FIRST_DELAY_MS;
        await this.#talk(connection, signal);
      } catch (error) {
        if (!signal.aborted) logger.debug('link: no control plane', { error, delayMs });
      }
      if (signal.aborted) return;
      await clock.sleep(delayMs, signal).catch(() => undefined);
      delayMs = Math.min(delayMs * 2, LAST_DELAY_MS);
    }
  }

  async #talk(connection: LinkConnection, signal: AbortSignal): Promise<void> {
    const { agent, vpcs, logger } = this.#deps;
    const send = (message: AgentMessage): void => connection.send(encodeLinkMessage(message));
    const close = (): void => connection.close();
    signal.addEventListener('abort', close, { once: true });
    let work = Promise.resolve();
    connection.onMessage((text) => {
      work = work
        .then(() => this.#handle(decodeControlMessage(text)))
        .catch((error: unknown) => {
          logger.error('link: a message of the control plane failed', { error });
          connection.close();
        });
    });
    this.#send = send;
    this.#outbox = new Outbox((report, sequence) => send({ type: 'report', sequence, report }));
    send({
      type: 'hello',
      protocol: LINK_PROTOCOL,
      machine: this.#deps.machine(),
      reports: agent.reports(),
      vpcs: vpcs.known(),
    });
    for (const pull of this.#pulls.values()) send({ type: 'pull', pull });
    for (const name of this.#certificates) send({ type: 'need-certificate', name });
    this.#deps.minutes.connected((batch) => send({ type: 'minutes', batch }));
    await connection.closed;
    this.#deps.minutes.disconnected();
    this.#outbox = undefined;
    this.#send = undefined;
    signal.removeEventListener('abort', close);
    await work;
  }

  #forgetPulls(taskId: string): void {
    for (const [key, { taskArn }] of this.#pulls) if (taskArn.endsWith(`/${taskId}`)) this.#pulls.delete(key);
  }

  async #handle(message: ControlMessage): Promise<void> {
    const { agent, vpcs } = this.#deps;
    switch (message.type) {
      case 'ack':
        this.#outbox?.acknowledged(message.sequence);
        return;
      case 'minutes-recorded':
        this.#deps.minutes.acknowledged(message.number);
        return;
      case 'credentials':
        agent.credentials(message.taskId, message.credentials);
        return;
      case 'role-credentials':
        agent.roleCredentials(message.taskId, message.credentials);
        return;
      case 'delivery-credentials':
        this.#deps.delivery.credentials(message.account, message.credentials);
        return;
      case 'certificate':
        this.#certificates.delete(message.name);
        this.#deps.certificates.set(message.name, message.certificate);
        return;
      case 'state':
        await vpcs.setAll(message.vpcs);
        for (const taskId of message.settledTaskIds) await agent.settled(taskId);
        await agent.setDesired(message.tasks);
        break;
      case 'vpc':
        await vpcs.put(message.vpc);
        break;
      case 'vpc-removed':
        await vpcs.remove(message.vpcId);
        break;
      case 'task':
        await agent.upsert(message.task);
        break;
      case 'settled':
        await agent.settled(message.taskId);
        break;
    }
    this.#send?.({ type: 'ack', sequence: message.sequence });
  }
}
