/**
 * The network of a machine with the services of a front door inside its VPCs, as the agent has it: the front door only
 * listens on the host's loopback. One VPC with a public subnet (task `open`, with a public address) and a private one
 * (task `closed`), all of it gone with the test.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { InterfacePicture, RoutePicture, VpcPicture } from '../../../src/domain/network/vpc.ts';
import {
  CertificateAuthority,
  makeAuthority,
} from '../../../src/drivers/certificates-private/certificate-authority.ts';
import { Names } from '../../../src/drivers/network-linux/names.ts';
import { systemClock } from '../../../src/drivers/system/system-clock.ts';
import { Namespaces } from '../../../src/linux/namespace.ts';
import type { Within } from '../../../src/linux/sockets.ts';
import { loadSettings } from '../../../src/main/config/load-settings.ts';
import { createMachineNetwork } from '../../../src/main/agent/machine-network.ts';
import { openTaskDoor } from '../../../src/main/control/task-door.ts';
import type { TaskNetwork } from '../../../src/ports/task-network.ts';
import { eniOf } from '../../../src/ports/testing/task-network-suite.ts';
import {
  groupOf,
  OPEN_GROUP_ID,
  pictureOf,
  publicRoutes,
  ruleOf,
} from '../../../src/ports/testing/vpc-picture.ts';
import type { RequestContext } from '../../../src/wire/service.ts';
import { silentLogger } from '../agent/silent-logger.ts';
import { noFileSystems } from './no-file-systems.ts';
import { openFrontDoor, sampleServices } from '../trivial-front-door.ts';
import { SHARE } from '../../../src/ports/testing/machine-share.ts';

export interface ServiceScene {
  readonly network: TaskNetwork;
  /** `10.x`: the VPC is `10.x.0.0/16`, `open` has `10.x.16.4`, `closed` has `10.x.32.5`. */
  readonly net: string;
  /** `198.19.x`: `open` has `198.19.x.1`. */
  readonly publicNet: string;
  /** Makes the VPC what it is by default, but for these changes. */
  readonly apply: (changes?: Partial<VpcPicture>) => Promise<void>;
  /** An interface of an endpoint in the private subnet. */
  readonly endpointInterface: (changes?: Partial<InterfacePicture>) => InterfacePicture;
  readonly within: (task: 'open' | 'closed') => Within;
  /** PEM. */
  readonly ca: string;
  readonly frontDoorPort: number;
  /** Of the requests that came. */
  readonly contexts: readonly RequestContext[];
  readonly privateSubnet: { readonly subnetId: string; readonly routes: readonly RoutePicture[] };
}

const PRIVATE_SUBNET = 'subnet-00000000000000002';

export async function serviceScene(
  test: TestContext,
  flags: Record<string, string> = {},
): Promise<ServiceScene> {
  const directory = await mkdtemp(join(tmpdir(), 'neargate-'));
  const settings = loadSettings(
    { 'data-dir': directory, ...flags },
    {},
    { isRoot: true, home: '/', hasTerminal: false },
  );
  const contexts: RequestContext[] = [];
  const { door, port } = await openFrontDoor(sampleServices({ contexts, waiting: [] }), {
    open: true,
    routes: [
      {
        pathPrefix: '/',
        service: 's3',
        host: (_, admitted) => admitted === 's3',
        handle: (_, to) => to.end('s3'),
      },
    ],
  });
  const certificates = new CertificateAuthority(makeAuthority({ now: Date.now() }), systemClock);
  const socket = join(directory, 'services.sock');
  const taskDoor = await openTaskDoor({ socket, frontDoor: door, domain: settings.dnsSuffix, certificates });
  const life = new AbortController();
  const config = {
    ...settings,
    services: door.served,
    endpoint: { host: '127.0.0.1', port },
    serviceAuthority: certificates.authority,
  };
  const instance = randomBytes(8).toString('hex');
  const network = createMachineNetwork(
    config,
    { root: instance, serviceSocket: socket },
    { fileSystems: noFileSystems, logger: silentLogger, signal: life.signal },
  );
  const publicNet = `198.19.${120 + SHARE}`;
  const net = `10.${128 + ((randomBytes(1)[0] ?? 0) % 127)}`;
  const vpc = {
    vpcId: `vpc-${randomBytes(8).toString('hex')}0`,
    cidr: `${net}.0.0/16`,
    routedFromHost: false,
  };
  const [publicSubnet] = pictureOf(vpc).subnets;
  const privateSubnet = {
    ...{ subnetId: PRIVATE_SUBNET, cidr: `${net}.32.0/20`, availabilityZone: 'eu-west-1b' },
    routes: publicRoutes(vpc).slice(0, 1),
  };
  const apply = (changes: Partial<VpcPicture> = {}) =>
    network.applyVpc(
      pictureOf(vpc, {
        subnets: publicSubnet === undefined ? [] : [publicSubnet, privateSubnet],
        ...changes,
      }),
    );
  const names = new Names(instance);
  const namespaces = new Namespaces();
  test.after(async () => {
    for (const task of await network.listAttached()) await network.detach(task);
    await network.removeVpc(vpc.vpcId);
    life.abort();
    await network.close();
    namespaces.close();
    await Promise.all([taskDoor.close(), door.close()]);
    await rm(directory, { recursive: true });
  });
  await apply();
  await network.attach('open', { ...eniOf(vpc, 1), publicIpv4Address: `${publicNet}.1` });
  await network.attach('closed', {
    ...eniOf(vpc, 2),
    ...{ privateIpv4Address: `${net}.32.5`, subnetId: PRIVATE_SUBNET },
    ...{ subnetCidr: privateSubnet.cidr, gatewayIpv4Address: `${net}.32.1` },
  });
  return {
    ...{
      network,
      net,
      publicNet,
      apply,
      privateSubnet,
      contexts,
      ca: certificates.authority,
      frontDoorPort: port,
    },
    endpointInterface: (changes = {}) => ({
      ...{ eniId: 'eni-0000000000000e001', subnetId: PRIVATE_SUBNET, privateIpv4Address: `${net}.32.9` },
      ...{ securityGroups: [OPEN_GROUP_ID], purpose: 'endpoint' as const },
      ...changes,
    }),
    within: (task) => (action) => namespaces.insideNamed(names.taskNamespace(task), action),
  };
}

/** A group beside the open one: it admits what is given, and lets out everything. */
export function groupsWith(groupId: string, ingress: Parameters<typeof groupOf>[1]): VpcPicture['groups'] {
  return [groupOf(OPEN_GROUP_ID, [ruleOf()]), groupOf(groupId, ingress)];
}
