/**
 * What a VPC's firewall says of the packets that it drops, for flow logs: NFLOG's group in the VPC's namespace, with a
 * prefix that tells why. Nobody listens unless the VPC has flow logs.
 */

export const FIREWALL_LOG_GROUP = 100;
/** Bytes of each packet that are told: IP and transport headers. */
export const FIREWALL_LOG_SNAPLEN = 128;

/** The direction as the interface sees it: `egress` is what it sends. */
export type FlowDirection = 'ingress' | 'egress';

/** No group of the interface admits the packet. */
export const deniedPrefix = (direction: FlowDirection, eniId: string): string => `ng:${direction}:${eniId}`;

/**
 * The groups admit it, but no route takes it (or it is a blackhole), so it ends behind the sender's interface: to AWS's
 * flow logs such traffic is accepted. The sender is told by its address.
 */
export const UNROUTED_PREFIX = 'ng:unrouted';

export type DropReason =
  | { readonly type: 'denied'; readonly direction: FlowDirection; readonly eniId: string }
  | { readonly type: 'unrouted' };

/** Undefined for a prefix that is none of ours. */
export function parseDropPrefix(prefix: string): DropReason | undefined {
  if (prefix === UNROUTED_PREFIX) return { type: 'unrouted' };
  const [, direction, eniId] = /^ng:(ingress|egress):(eni-[0-9a-f]+)$/.exec(prefix) ?? [];
  if (direction === undefined || eniId === undefined) return undefined;
  return { type: 'denied', direction: direction as FlowDirection, eniId };
}
