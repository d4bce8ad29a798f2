/**
 * Requests to inject a fault, as the ECS agent reads them: members in any spelling of capitals, unknown ones passed
 * over; its own words, or those of Go's decoder, for what is wrong.
 */
import { networkOf, parseIpv4 } from '../network/cidr.ts';
import { canonicalIpv6Cidr } from '../network/ipv6-cidr.ts';
import type { FaultKind, ImpairedFlows, NetworkFault } from './network-faults.ts';

/** What is wrong with a request. */
export interface BadFaultRequest {
  readonly error: string;
}

type GoType = 'uint16' | 'uint64' | 'int' | 'string' | '[]*string';

interface RequestForm {
  /** The agent's name of it, which its errors tell. */
  readonly struct: string;
  readonly members: Readonly<Record<string, GoType>>;
  readonly read: (members: Members) => NetworkFault;
}

/** By the agent's names; null is the same as absent. */
type Members = Readonly<Record<string, unknown>>;

const LARGEST: Readonly<Record<string, number>> = { uint16: 65_535, uint64: 2 ** 64, int: 2 ** 63 };
const FLOWS: Readonly<Record<string, GoType>> = {
  Sources: '[]*string',
  SourcesToFilter: '[]*string',
  FlowsPercent: 'int',
};

const FORMS: Readonly<Record<FaultKind, RequestForm>> = {
  'network-blackhole-port': {
    struct: 'NetworkBlackholePortRequest',
    members: { Port: 'uint16', Protocol: 'string', TrafficType: 'string', SourcesToFilter: '[]*string' },
    read: blackHole,
  },
  'network-latency': {
    struct: 'NetworkLatencyRequest',
    members: { DelayMilliseconds: 'uint64', JitterMilliseconds: 'uint64', ...FLOWS },
    read: latency,
  },
  'network-packet-loss': {
    struct: 'NetworkPacketLossRequest',
    members: { LossPercent: 'uint64', ...FLOWS },
    read: packetLoss,
  },
};

/** The fault that a body asks for. */
export function faultRequest(kind: FaultKind, body: string): NetworkFault | BadFaultRequest {
  const { struct, members, read } = FORMS[kind];
  try {
    return read(decoded(body, struct, members));
  } catch (error) {
    if (error instanceof Refusal) return { error: error.message };
    throw error;
  }
}

class Refusal extends Error {}

function missing(name: string): Refusal {
  return new Refusal(`required parameter ${name} is missing`);
}

function invalid(value: unknown, name: string): Refusal {
  return new Refusal(`invalid value ${String(value)} for parameter ${name}`);
}

function blackHole(members: Members): NetworkFault {
  const port = required(members, 'Port') as number;
  const protocol = required(members, 'Protocol');
  const trafficType = required(members, 'TrafficType');
  if (protocol !== 'tcp' && protocol !== 'udp') throw invalid(protocol, 'Protocol');
  if (trafficType !== 'ingress' && trafficType !== 'egress') throw invalid(trafficType, 'TrafficType');
  return {
    ...{ kind: 'network-blackhole-port', port, protocol, trafficType },
    except: networks(members, 'SourcesToFilter'),
  };
}

function latency(members: Members): NetworkFault {
  const delayMs = required(members, 'DelayMilliseconds') as number;
  const jitterMs = required(members, 'JitterMilliseconds') as number;
  if (delayMs === 0 && jitterMs === 0) {
    throw new Refusal('required either DelayMilliseconds or JitterMilliseconds to be non-zero');
  }
  return { kind: 'network-latency', delayMs, jitterMs, ...flows(members) };
}

function packetLoss(members: Members): NetworkFault {
  const lossPercent = required(members, 'LossPercent') as number;
  if (lossPercent < 1 || lossPercent > 100) throw invalid(lossPercent, 'LossPercent');
  return { kind: 'network-packet-loss', lossPercent, ...flows(members) };
}

function flows(members: Members): ImpairedFlows {
  const sources = members['Sources'];
  if (!Array.isArray(sources) || sources.length === 0) throw missing('Sources');
  const destinations = networks(members, 'Sources');
  const except = networks(members, 'SourcesToFilter');
  const flowsPercent = (members['FlowsPercent'] ?? 100) as number;
  if (flowsPercent <= 0 || flowsPercent > 100) throw invalid(flowsPercent, 'flowsPercent');
  return { destinations, except, flowsPercent };
}

function required(members: Members, name: string): unknown {
  const value = members[name] ?? '';
  if (value === '') throw missing(name);
  return value;
}

/** Those of IPv6 may be named, but no task has such an address. */
function networks(members: Members, name: string): string[] {
  const given = (members[name] ?? []) as (string | null)[];
  return given.flatMap((each) => network(each ?? '', name));
}

function network(text: string, name: string): string[] {
  const [address = '', bits = '32', ...rest] = text.split('/');
  if (parseIpv4(address) !== undefined && rest.length === 0 && /^(\d|[12]\d|3[0-2])$/.test(bits)) {
    return [networkOf(address, Number(bits))];
  }
  if (canonicalIpv6Cidr(text.includes('/') ? text : `${text}/128`) !== undefined) return [];
  throw invalid(text, name);
}

function decoded(body: string, struct: string, types: RequestForm['members']): Members {
  const value = json(body);
  if (value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new Refusal(`json: cannot unmarshal ${kindOf(value)} into Go value of type types.${struct}`);
  }
  const members: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    const name = Object.keys(types).find((known) => known.toLowerCase() === key.toLowerCase());
    const type = name === undefined ? undefined : types[name];
    if (name === undefined || type === undefined || member === null) continue;
    const wrong = wrongly(member, type);
    if (wrong !== undefined) {
      const place = `Go struct field ${struct}.${name} of type ${wrong.type}`;
      throw new Refusal(`json: cannot unmarshal ${wrong.value} into ${place}`);
    }
    members[name] = member;
  }
  return members;
}

function json(body: string): unknown {
  const text = body.trim();
  if (text === '') throw new Refusal('required request body is missing');
  try {
    return JSON.parse(text);
  } catch {
    const [first = ''] = text;
    throw new Refusal(
      /[[{"\d\-tfn]/.test(first)
        ? 'unexpected EOF'
        : `invalid character '${first}' looking for beginning of value`,
    );
  }
}

/** How a value does not fit a type of Go's; undefined when it does. */
function wrongly(value: unknown, type: GoType): { value: string; type: string } | undefined {
  if (type === '[]*string') {
    if (!Array.isArray(value)) return { value: kindOf(value), type };
    const other: unknown = value.find((each) => each !== null && typeof each !== 'string');
    return other === undefined ? undefined : { value: kindOf(other), type: 'string' };
  }
  if (type === 'string') return typeof value === 'string' ? undefined : { value: kindOf(value), type };
  if (typeof value !== 'number') return { value: kindOf(value), type };
  const least = type === 'int' ? -(LARGEST[type] ?? 0) : 0;
  const fits = Number.isInteger(value) && value >= least && value <= (LARGEST[type] ?? 0);
  return fits ? undefined : { value: `number ${value}`, type };
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
