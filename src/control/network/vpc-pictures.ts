/**
 * Keeps every connected machine's pictures of its VPCs up to date. A machine is told of a VPC before its first task
 * there, of a change within moments, of its end.
 *
 * INVARIANTS
 * - `changed` hears of changes in the order of their commits, before tasks that were made after them are told.
 * - What a session was sent last is what it has in `text`; only what differs is sent.
 */
import type { Scope } from '../../domain/arn.ts';
import { buildPicture } from '../../domain/network/build-picture.ts';
import { chooseHostRoutes, type HostRouteWish } from '../../domain/network/host-routes.ts';
import type { EniRecord } from '../../domain/network/records.ts';
import type { VpcPicture } from '../../domain/network/vpc.ts';
import type { VpcRecords } from '../../domain/network/vpc-records.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Change, Store } from '../../ports/store.ts';
import type { VpcName } from '../../wire/link-messages.ts';
import { KeyedQueue } from '../keyed-queue.ts';
import { type PictureKey, parsePictureKey } from './picture-key.ts';
import { Latest } from './latest.ts';
import { readVpcRecords } from './scope-records.ts';

export interface PictureSettings {
  /** Whose VPCs the host may reach. */
  readonly home: Scope;
  readonly hostRoutes: HostRouteWish;
  readonly serviceCidr: string;
  readonly dnsSuffix: string;
}

export interface VpcPicturesDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: PictureSettings;
}

/** What pictures are told to. */
export interface PictureSession {
  sendVpc(vpc: VpcPicture): void;
  sendVpcRemoved(vpcId: string): void;
  /** Resolves when the newest that was said of the VPC is on its way. */
  vpcSent(vpcId: string): Promise<void>;
}

interface Told {
  readonly machineId: string;
  readonly session: PictureSession;
  /** By scope and VPC; the text is what was sent last, undefined before that. */
  readonly vpcs: Map<string, Map<string, string | undefined>>;
}

export class VpcPictures {
  readonly #deps: VpcPicturesDeps;
  readonly #queue: KeyedQueue;
  readonly #told = new Map<PictureSession, Told>();
  readonly #runs = new Map<string, Latest>();
  /** Scopes with a change that no run has looked at. */
  readonly #dirty = new Set<string>();
  readonly #warned = new Set<string>();

  constructor(deps: VpcPicturesDeps, signal: AbortSignal) {
    this.#deps = deps;
    this.#queue = new KeyedQueue((key) => this.#refresh(key), { ...deps, signal });
  }

  /** Looks at what was committed; whatever concerns no machine's VPC is passed over. */
  changed(changes: readonly Change[]): void {
    for (const change of changes) {
      const key = parsePictureKey(change.key);
      if (key === undefined || !this.#concerns(key, change)) continue;
      this.#dirty.add(scopeKey(key.scope));
      this.#queue.add(scopeKey(key.scope));
    }
  }

  /** From now on the machine is told of changes. */
  connected(session: PictureSession, machineId: string): void {
    this.#told.set(session, { machineId, session, vpcs: new Map() });
  }

  /** What a machine that has just connected is to have: what it names, unless that was deleted. */
  async hello(session: PictureSession, vpcs: readonly VpcName[]): Promise<readonly VpcPicture[]> {
    const told = this.#told.get(session);
    if (told === undefined) return [];
    for (const { vpcId, ...scope } of vpcs) {
      const known = vpcsOf(told, scope);
      if (!known.has(vpcId)) known.set(vpcId, undefined);
    }
    const pictures: VpcPicture[] = [];
    for (const [key, known] of told.vpcs) {
      const records = await readVpcRecords(this.#deps.store, scopeOf(key));
      for (const [vpcId, text] of known) {
        const picture = this.#build(records, scopeOf(key), vpcId, told.machineId);
        if (picture === undefined) known.delete(vpcId);
        else pictures.push(picture);
        // What was sent meanwhile is of a later change.
        if (picture !== undefined && text === undefined) known.set(vpcId, JSON.stringify(picture));
      }
    }
    return pictures;
  }

  /** Resolves when the machine is being told what the VPC is now: what is sent after that arrives after it. */
  async told(session: PictureSession, scope: Scope, vpcId: string): Promise<void> {
    const told = this.#told.get(session);
    if (told === undefined) return;
    const key = scopeKey(scope);
    const known = vpcsOf(told, scope);
    if (!known.has(vpcId)) known.set(vpcId, undefined);
    if (known.get(vpcId) === undefined || this.#dirty.has(key)) await this.#refresh(key);
    else await this.#runs.get(key)?.idle();
    await session.vpcSent(vpcId);
  }

  gone(session: PictureSession): void {
    this.#told.delete(session);
  }

  /** An interface of a task changes nothing on the task's own machine. */
  #concerns({ scope, kind, id }: PictureKey, { entry }: Change): boolean {
    const key = scopeKey(scope);
    const toldOfScope = [...this.#told.values()].filter(({ vpcs }) => vpcs.has(key));
    if (kind !== 'eni') return toldOfScope.length > 0;
    const owner = (entry?.value as EniRecord | undefined)?.owner;
    if (owner?.type === 'task') return toldOfScope.some(({ machineId }) => machineId !== owner.machineId);
    if (owner !== undefined) return toldOfScope.length > 0;
    // Whose it was is told by what machines have; not while that is being made anew.
    if (this.#runs.get(key)?.isRunning === true) return true;
    const texts = toldOfScope.flatMap(({ vpcs }) => [...(vpcs.get(key)?.values() ?? [])]);
    return texts.some((text) => text?.includes(id) !== false);
  }

  #refresh(key: string): Promise<void> {
    const known = this.#runs.get(key) ?? new Latest(() => this.#tellScope(key));
    this.#runs.set(key, known);
    return known.run();
  }

  async #tellScope(key: string): Promise<void> {
    this.#dirty.delete(key);
    const records = await readVpcRecords(this.#deps.store, scopeOf(key)).catch((error: unknown) => {
      this.#dirty.add(key);
      throw error;
    });
    for (const { machineId, session, vpcs } of this.#told.values()) {
      const known = vpcs.get(key) ?? new Map<string, string | undefined>();
      for (const [vpcId, text] of known) {
        const picture = this.#build(records, scopeOf(key), vpcId, machineId);
        const next = picture === undefined ? undefined : JSON.stringify(picture);
        if (picture === undefined) {
          known.delete(vpcId);
          session.sendVpcRemoved(vpcId);
        } else if (next !== text) {
          known.set(vpcId, next);
          session.sendVpc(picture);
        }
      }
    }
  }

  #build(records: VpcRecords, scope: Scope, vpcId: string, machineId: string): VpcPicture | undefined {
    const { serviceCidr, dnsSuffix } = this.#deps.settings;
    const routedFromHost = this.#isRouted(records, scope, vpcId);
    return buildPicture(records, { scope, vpcId, machineId, routedFromHost, serviceCidr, dnsSuffix });
  }

  #isRouted({ vpcs }: VpcRecords, scope: Scope, vpcId: string): boolean {
    const { home, hostRoutes } = this.#deps.settings;
    if (scopeKey(scope) !== scopeKey(home)) return false;
    const { routed, clashes } = chooseHostRoutes(vpcs, hostRoutes);
    for (const clash of clashes) {
      const words = `${clash.vpcId} ${clash.with}`;
      if (this.#warned.has(words)) continue;
      this.#warned.add(words);
      this.#deps.logger.error(
        'control: the host cannot reach a VPC, since another has addresses of its range',
        {
          ...clash,
        },
      );
    }
    return routed.has(vpcId);
  }
}

const scopeKey = ({ account, region }: Scope): string => `${account}/${region}`;

function scopeOf(key: string): Scope {
  const [account = '', region = ''] = key.split('/');
  return { account, region };
}

function vpcsOf({ vpcs }: Told, scope: Scope): Map<string, string | undefined> {
  const key = scopeKey(scope);
  const known = vpcs.get(key) ?? new Map<string, string | undefined>();
  vpcs.set(key, known);
  return known;
}
