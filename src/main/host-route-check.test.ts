import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { silentLogger } from '../../test/support/agent/silent-logger.ts';
import { keys } from '../domain/keys.ts';
import type { VpcRecord } from '../domain/network/records.ts';
import { Names } from '../drivers/network-linux/names.ts';
import { MemoryStore } from '../drivers/store-memory/memory-store.ts';
import { ManualClock } from '../ports/testing/manual-clock.ts';
import { DefaultNetworks } from '../services/ec2/default-network.ts';
import { checkHostRoutes } from './host-route-check.ts';

const HOME = { account: '000000000000', region: 'us-east-1' };
const CONFIG = {
  ...HOME,
  dataDir: '/var/lib/neargate',
  vpcCidr: '172.31.0.0/16',
  hostRouteToVpc: true,
  hostRouteVpcs: ['team'],
};
const HEAD = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n';
const route = (device: string, network: string): string =>
  `${device}\t${network}\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n`;
const NET_172_31 = '00001FAC';
const NET_10_9 = '0000090A';

describe('checkHostRoutes', () => {
  let store: MemoryStore;
  beforeEach(() => {
    store = new MemoryStore();
  });
  afterEach(() => store.close());

  /** What it logs as errors. */
  const look = async (routes: string, over: Partial<typeof CONFIG> = {}) => {
    const errors: unknown[] = [];
    const logger = { ...silentLogger, error: (_: string, fields?: object) => errors.push(fields) };
    await checkHostRoutes({ config: { ...CONFIG, ...over }, store, logger, routes: HEAD + routes });
    return errors;
  };
  const makeVpcs = async () => {
    await new DefaultNetworks({ store, clock: new ManualClock(), vpcCidr: '10.9.0.0/16' }).ensure(HOME);
    const [entry] = await store.range<VpcRecord>({ prefix: keys.ec2All(HOME, 'vpc') });
    const vpc = entry?.value ?? assert.fail();
    const team = { ...vpc, vpcId: 'vpc-2', cidr: '172.31.0.0/16', isDefault: false, tags: { Name: 'team' } };
    await store.transact([], [{ put: keys.ec2(HOME, 'vpc', 'vpc-2'), value: team }]);
    return vpc;
  };

  it('finds a route that meets the range of the default VPC before that is made', async () => {
    assert.deepEqual(await look(route('eth0', NET_172_31)), [
      { vpcId: 'default', cidr: '172.31.0.0/16', route: '172.31.0.0/16', device: 'eth0' },
    ]);
  });

  it('finds the routes of another Neargate, not its own', async () => {
    const own = new Names(CONFIG.dataDir).uplink('vpc-1');
    const other = new Names('/elsewhere').uplink('vpc-1');
    assert.deepEqual(await look(route(own, NET_172_31)), []);
    assert.equal((await look(route(other, NET_172_31))).length, 1);
  });

  it('looks at the ranges that VPCs have, not at those of the settings', async () => {
    const { vpcId } = await makeVpcs();
    assert.deepEqual(await look(route('eth0', NET_10_9)), [
      { vpcId, cidr: '10.9.0.0/16', route: '10.9.0.0/16', device: 'eth0' },
    ]);
  });

  it('looks at VPCs that the settings name', async () => {
    await makeVpcs();
    assert.deepEqual(await look(route('eth0', NET_172_31)), [
      { vpcId: 'vpc-2', cidr: '172.31.0.0/16', route: '172.31.0.0/16', device: 'eth0' },
    ]);
    assert.deepEqual(await look(route('eth0', NET_172_31), { hostRouteVpcs: [] }), []);
  });

  it('has nothing to say of VPCs that the host is not to reach', async () => {
    assert.deepEqual(await look(route('eth0', NET_172_31), { hostRouteToVpc: false }), []);
    await makeVpcs();
    const both = route('eth0', NET_172_31) + route('eth0', NET_10_9);
    assert.deepEqual(await look(both, { hostRouteToVpc: false, hostRouteVpcs: [] }), []);
  });
});
