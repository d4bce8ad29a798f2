/**
 * The resolver of every VPC of this machine, by the newest picture of each: what a name means there, for tasks that ask
 * by DNS and for the agent when it connects on a task's behalf. A VPC whose DNS support is off gets no answers.
 */
import { AppError } from '../../domain/errors.ts';
import { containsAddress, nthAddress } from '../../domain/network/cidr.ts';
import {
  buildAddressQuery,
  buildAnswer,
  buildRefusal,
  DNS_CODE,
  DNS_TYPE,
  type DnsAnswer,
  type DnsQuery,
  isQuery,
  readQuery,
  readReply,
} from '../../domain/network/names/dns-message.ts';
import type { VpcPicture } from '../../domain/network/vpc.ts';
import {
  addressesOf,
  type NameMeaning,
  pointerOf,
  type ServiceNames,
} from '../../domain/network/names/vpc-names.ts';
import type { Clock, IdSource } from '../../ports/clock.ts';
import type { DnsTransport, ForwardDns } from './dns-forwarder.ts';
import { DnsLimits } from './dns-limits.ts';
import { DnsTurns } from './dns-turns.ts';

/** Seconds, as AWS's resolver says for such names. */
const TTL = 60;

export interface VpcResolverDeps {
  readonly names: ServiceNames;
  readonly forward: ForwardDns;
  /** The private address of this machine's interface in a VPC that has a public one. */
  readonly privateAddressOf: (vpcId: string, publicAddress: string) => string | undefined;
  readonly clock: Pick<Clock, 'now'>;
  readonly ids: Pick<IdSource, 'hex'>;
}

export class VpcResolver {
  readonly #deps: VpcResolverDeps;
  readonly #limits: DnsLimits;
  readonly #turns: DnsTurns;
  readonly #pictures = new Map<string, VpcPicture>();

  constructor(deps: VpcResolverDeps) {
    this.#deps = deps;
    this.#limits = new DnsLimits(deps.clock);
    this.#turns = new DnsTurns(deps.clock);
  }

  /** From now on the VPC is as the picture says. */
  know(picture: VpcPicture): void {
    this.#pictures.set(picture.vpcId, picture);
  }

  forget(vpcId: string): void {
    this.#pictures.delete(vpcId);
  }

  /** The answer to a DNS message from an address of the VPC; undefined: none. */
  async answer(
    vpcId: string,
    from: string,
    message: Uint8Array,
    transport: DnsTransport,
  ): Promise<Uint8Array | undefined> {
    const picture = this.#pictures.get(vpcId);
    if (picture?.enableDnsSupport !== true) return undefined;
    const asker = `${vpcId} ${from}`;
    const done = this.#limits.admit(asker);
    if (done === undefined) return undefined;
    try {
      return await this.#turns.run(asker, () => this.#answer(picture, { from, message, transport }));
    } finally {
      done();
    }
  }

  /**
   * IPv4 addresses of a host name as a task in the VPC would get them. Rejects with `unavailable` for a name without
   * any, with `deadline` where the VPC's resolver does not answer.
   */
  async addresses(vpcId: string, host: string): Promise<readonly string[]> {
    const picture = this.#pictures.get(vpcId);
    if (picture === undefined) throw new AppError('unavailable', `nothing is known of ${vpcId}`);
    const details = { host, dnsServer: nthAddress(picture.cidr, 2) };
    if (!picture.enableDnsSupport) {
      throw new AppError('deadline', `${vpcId} has no resolver`, {
        details: { ...details, syscallCode: 'ETIMEDOUT' },
      });
    }
    const meaning = this.#meaningOf(picture, host);
    const found = meaning === 'elsewhere' ? await this.#lookUp(vpcId, host) : meaning;
    if (Array.isArray(found) && found.length > 0) return found;
    const syscallCode = typeof found === 'string' && found !== 'unknown' ? found : 'ENOTFOUND';
    throw new AppError('unavailable', `no address of ${host}: ${syscallCode}`, {
      details: { ...details, syscallCode },
    });
  }

  #meaningOf(picture: VpcPicture, name: string, asker?: string): NameMeaning {
    const { names, privateAddressOf } = this.#deps;
    const meaning = addressesOf(picture, name, names, asker);
    if (typeof meaning === 'string') return meaning;
    return meaning.map((address) => {
      const isPublic = containsAddress(names.publicCidr, address);
      return (isPublic ? privateAddressOf(picture.vpcId, address) : undefined) ?? address;
    });
  }

  async #answer(
    picture: VpcPicture,
    { from, message, transport }: { from: string; message: Uint8Array; transport: DnsTransport },
  ): Promise<Uint8Array | undefined> {
    const query = readQuery(message);
    if (query === undefined) return undefined;
    if (!isQuery(query)) return buildRefusal(query);
    const limit = transport === 'udp' ? query.udpSize : undefined;
    const own = this.#ownAnswer(picture, query, from);
    if (own !== undefined) return buildAnswer(query, own, limit);
    return (
      (await this.#deps.forward(message, transport)) ??
      buildAnswer(query, { code: DNS_CODE.serverFailure }, limit)
    );
  }

  /** Undefined: others know. */
  #ownAnswer(picture: VpcPicture, { name, type }: DnsQuery, from: string): DnsAnswer | undefined {
    if (type === DNS_TYPE.PTR) {
      const pointer = pointerOf(picture, name);
      if (pointer === 'elsewhere') return undefined;
      if (pointer === 'unknown') return { code: DNS_CODE.unknownName };
      return { code: DNS_CODE.noError, records: [{ type: DNS_TYPE.PTR, ttl: TTL, data: pointer.name }] };
    }
    const meaning = this.#meaningOf(picture, name, from);
    if (meaning === 'elsewhere') return undefined;
    if (meaning === 'unknown') return { code: DNS_CODE.unknownName };
    const records = type === DNS_TYPE.A ? meaning : [];
    return {
      code: DNS_CODE.noError,
      records: records.map((data) => ({ type: DNS_TYPE.A, ttl: TTL, data })),
    };
  }

  /**
   * By the host's resolvers; a string says why there are none, as Node's resolver would. What the agent asks for tasks of a VPC
   * has turns of its own.
   */
  async #lookUp(vpcId: string, host: string): Promise<readonly string[] | string> {
    const query = buildAddressQuery(Number.parseInt(this.#deps.ids.hex(4), 16), host);
    if (query === undefined) return 'ENOTFOUND';
    const ask = async (transport: DnsTransport) => {
      const answer = await this.#turns.run(vpcId, () => this.#deps.forward(query, transport));
      return readReply(answer ?? new Uint8Array());
    };
    let reply = await ask('udp');
    if (reply?.truncated === true) reply = await ask('tcp');
    if (reply === undefined) return 'EAI_AGAIN';
    if (reply.code === DNS_CODE.noError) return reply.addresses;
    return reply.code === DNS_CODE.unknownName ? 'ENOTFOUND' : 'ESERVFAIL';
  }
}
