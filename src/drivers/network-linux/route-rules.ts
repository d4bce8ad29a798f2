/**
 * The route tables of a VPC's subnets as chains. `routes` returns for what stays in the VPC, accepts what leaves it,
 * marked with how its source is translated, and drops what no route takes.
 */
import { formatRange, routeRanges } from '../../domain/network/address-ranges.ts';
import { parseIpv4 } from '../../domain/network/cidr.ts';
import {
  FIREWALL_LOG_GROUP,
  FIREWALL_LOG_SNAPLEN,
  UNROUTED_PREFIX,
} from '../../domain/network/flow-logs/firewall-log.ts';
import type { RouteTarget, RoutedSubnet } from '../../domain/network/vpc.ts';
import type { NftChain } from './nft-table.ts';

export const ROUTES = 'routes';
/** Senders with a public address. */
export const PUBLIC_SENDERS = 'public_senders';
/** The mark of what gets the sender's own public address. A NAT gateway's mark is its address. */
export const INTERNET_MARK = 1;

const INTERNET = 'internet';
const GATEWAY_ENDPOINT = 'gateway_endpoint';
const UNROUTED = 'unrouted';

export type NatTarget = Extract<RouteTarget, { type: 'nat-gateway' }>;

/** All NAT gateways that subnets route to. */
export function natGateways(subnets: readonly RoutedSubnet[]): NatTarget[] {
  const targets = subnets.flatMap(({ routes }) => routes.map(({ target }) => target));
  const found = targets.filter((target): target is NatTarget => target.type === 'nat-gateway');
  return [...new Map(found.map((target) => [target.natGatewayId, target])).values()];
}

export function natMark({ publicIpv4Address }: NatTarget): number {
  return parseIpv4(publicIpv4Address) ?? 0;
}

export function routeChains(subnets: readonly RoutedSubnet[]): Map<string, NftChain> {
  const chains = new Map<string, NftChain>([
    [
      UNROUTED,
      {
        rules: [
          // Counted with its connection.
          'ct state established,related drop',
          `log prefix "${UNROUTED_PREFIX}" group ${FIREWALL_LOG_GROUP} snaplen ${FIREWALL_LOG_SNAPLEN} drop`,
        ],
      },
    ],
    [
      INTERNET,
      {
        rules: [`ip saddr @${PUBLIC_SENDERS} meta mark set ${INTERNET_MARK} accept`, `goto ${UNROUTED}`],
      },
    ],
    [GATEWAY_ENDPOINT, { rules: ['fib daddr type local accept', `goto ${UNROUTED}`] }],
  ]);
  for (const target of natGateways(subnets)) {
    chains.set(natChain(target), { rules: [`meta mark set ${natMark(target)} accept`] });
  }
  for (const subnet of subnets) chains.set(subnetChain(subnet), { rules: subnetRules(subnet) });
  const senders = subnets.map((subnet) => `${subnet.cidr} : goto ${subnetChain(subnet)}`);
  chains.set(ROUTES, {
    rules: [...(senders.length === 0 ? [] : [`ip saddr vmap { ${senders.join(', ')} }`]), `goto ${UNROUTED}`],
  });
  return chains;
}

function subnetRules({ routes }: RoutedSubnet): string[] {
  const ranges = routeRanges(routes.map((route) => ({ ...route, target: verdictOf(route.target) })));
  const entries = ranges.map((range) => `${formatRange(range)} : ${range.target}`);
  return [...(entries.length === 0 ? [] : [`ip daddr vmap { ${entries.join(', ')} }`]), `goto ${UNROUTED}`];
}

function verdictOf(target: RouteTarget): string {
  switch (target.type) {
    case 'local':
      return 'return';
    case 'internet-gateway':
      return `goto ${INTERNET}`;
    case 'nat-gateway':
      return `goto ${natChain(target)}`;
    case 'gateway-endpoint':
      return `goto ${GATEWAY_ENDPOINT}`;
    case 'blackhole':
      return `goto ${UNROUTED}`;
  }
}

function natChain({ natGatewayId }: NatTarget): string {
  return `via-${natGatewayId}`;
}

function subnetChain({ subnetId }: RoutedSubnet): string {
  return `from-${subnetId}`;
}
