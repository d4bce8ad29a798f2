/**
 * Looks, at the start, whether this host can reach the VPCs that the settings say it is to reach. Tasks of one that
 * meets a route of the host's own cannot start, and it is better known before the first of them.
 */
import { readFile } from 'node:fs/promises';
import { overlaps, parseRange, routedRanges } from '../cli/doctor/ip-ranges.ts';
import { keys } from '../domain/keys.ts';
import { chooseHostRoutes } from '../domain/network/host-routes.ts';
import type { VpcRecord } from '../domain/network/records.ts';
import { Names } from '../drivers/network-linux/names.ts';
import type { Logger } from '../ports/logger.ts';
import type { Store } from '../ports/store.ts';
import type { Config } from './config.ts';

const ROUTES = '/proc/net/route';

type RouteSettings = Pick<
  Config,
  'account' | 'region' | 'dataDir' | 'vpcCidr' | 'hostRouteToVpc' | 'hostRouteVpcs'
>;

export interface HostRouteCheckParts {
  readonly config: RouteSettings;
  readonly store: Store;
  readonly logger: Logger;
  /** The text of /proc/net/route; this host's by default. */
  readonly routes?: string;
}

/** Logs an error for each VPC that is in the way of a route. */
export async function checkHostRoutes({ config, store, logger, routes }: HostRouteCheckParts): Promise<void> {
  const { uplinkPrefix } = new Names(config.dataDir);
  const table = routes ?? (await readFile(ROUTES, 'utf8').catch(() => ''));
  const foreign = routedRanges(table).filter(({ device }) => !device.startsWith(uplinkPrefix));
  for (const { vpcId, cidr } of await routedVpcs(config, store)) {
    const clash = foreign.find((route) => overlaps(route, parseRange(cidr)));
    if (clash === undefined) continue;
    logger.error(
      "this host's own route stands in the way of a VPC that it is to reach: tasks there cannot start. " +
        'See the settings vpcCidr, hostRouteToVpc and hostRouteVpcs',
      { vpcId, cidr, route: clash.cidr, device: clash.device },
    );
  }
}

async function routedVpcs(
  config: RouteSettings,
  store: Store,
): Promise<readonly Pick<VpcRecord, 'vpcId' | 'cidr'>[]> {
  const { vpcCidr, hostRouteToVpc, hostRouteVpcs } = config;
  // A default VPC that nobody has asked for yet is made when somebody does.
  if ((await store.get(keys.networkMarker(config))) === undefined) {
    return hostRouteToVpc ? [{ vpcId: 'default', cidr: vpcCidr }] : [];
  }
  const entries = await store.range<VpcRecord>({ prefix: keys.ec2All(config, 'vpc') });
  const vpcs = entries.map(({ value }) => value);
  const { routed } = chooseHostRoutes(vpcs, { defaultVpc: hostRouteToVpc, others: hostRouteVpcs });
  return vpcs.filter(({ vpcId }) => routed.has(vpcId));
}
