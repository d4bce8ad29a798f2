/**
 * A fault as a script of nftables. A chain by its name stands for each: of black holes in a table for IP, of the others,
 * of which there may be one, in a table for what leaves `eth1`. They lie in the task's namespace and go with it.
 */
import { METADATA_ADDRESS } from '../../domain/metadata/routes.ts';
import {
  type BlackHole,
  faultName,
  type ImpairedFlows,
  type NetworkFault,
} from '../../domain/metadata/network-faults.ts';
import { TASK_INTERFACE } from './names.ts';

export const FAULT_TABLE = 'neargate_faults';
const BLACK_HOLES = `inet ${FAULT_TABLE}`;
const IMPAIRMENTS = `netdev ${FAULT_TABLE}`;
const HIT = 'hit';
/** The class of packets that are delayed. */
export const SLOW_CLASS = '1:1';

/** What puts the fault into the kernel, at once. */
export function faultRules(fault: NetworkFault): string {
  switch (fault.kind) {
    case 'network-blackhole-port':
      return blackHole(fault);
    case 'network-packet-loss':
      return impairment(fault, fault, `${below('numgen random', fault.lossPercent)} drop`);
    case 'network-latency':
      return impairment(fault, fault, `meta priority set ${SLOW_CLASS}`);
  }
}

/** What takes it out again. */
export function faultEnd(name: string, isBlackHole: boolean): string {
  return isBlackHole
    ? script(`flush chain ${BLACK_HOLES} ${name}`, `delete chain ${BLACK_HOLES} ${name}`)
    : script(`delete table ${IMPAIRMENTS}`);
}

function blackHole(fault: BlackHole): string {
  const { port, protocol, trafficType, except } = fault;
  const chain = `${BLACK_HOLES} ${faultName(fault)}`;
  const hook = trafficType === 'egress' ? 'output' : 'input';
  return script(
    `add table ${BLACK_HOLES}`,
    `add chain ${chain} { type filter hook ${hook} priority 0; }`,
    // Destinations in both directions, as the ECS agent has it.
    ...[METADATA_ADDRESS, ...except].map((each) => `add rule ${chain} ip daddr ${each} accept`),
    `add rule ${chain} ${protocol} dport ${port} drop`,
  );
}

function impairment(
  fault: NetworkFault,
  { destinations, except, flowsPercent }: ImpairedFlows,
  effect: string,
): string {
  const [hit, chain] = [`${IMPAIRMENTS} ${HIT}`, `${IMPAIRMENTS} ${faultName(fault)}`];
  const flow = 'jhash ip saddr . ip daddr . ip protocol . th sport . th dport';
  return script(
    `add table ${IMPAIRMENTS}`,
    `add chain ${hit}`,
    `add rule ${hit} ${below(flow, flowsPercent)} ${effect}`,
    `add chain ${chain} { type filter hook egress device "${TASK_INTERFACE}" priority 0; }`,
    ...except.map((each) => `add rule ${chain} ip daddr ${each} accept`),
    ...destinations.map((each) => `add rule ${chain} ip daddr ${each} goto ${HIT}`),
  );
}

/** A match of so many of a hundred; nft has no words for all of them. */
function below(numbers: string, percent: number): string {
  return percent < 100 ? `${numbers} mod 100 < ${percent}` : '';
}

function script(...lines: string[]): string {
  return [...lines, ''].join('\n');
}
