/**
 * EC2 on a memory store behind its protocol, asked by AWS's own client without a network between: a test sees what a
 * client sees.
 */
import assert from 'node:assert/strict';
import { EC2, EC2ServiceException } from '@aws-sdk/client-ec2';
import type { Scope } from '../../../src/domain/arn.ts';
import { type Ec2Kind, keys } from '../../../src/domain/keys.ts';
import { buildPicture } from '../../../src/domain/network/build-picture.ts';
import type { Ec2Records } from '../../../src/domain/network/records.ts';
import type { VpcPicture } from '../../../src/domain/network/vpc.ts';
import type { VpcRecords } from '../../../src/domain/network/vpc-records.ts';
import { MemoryStore } from '../../../src/drivers/store-memory/memory-store.ts';
import { dispatched } from '../aws/dispatched.ts';
import { randomIds } from '../../../src/drivers/system/random-ids.ts';
import { ManualClock } from '../../../src/ports/testing/manual-clock.ts';
import { DefaultNetworks } from '../../../src/services/ec2/default-network.ts';
import { Network } from '../../../src/services/ec2/network.ts';
import { createEc2Service } from '../../../src/services/ec2/service.ts';
import { Ec2QueryProtocol } from '../../../src/wire/ec2-query/protocol.ts';
import { Dispatcher } from '../../../src/wire/front-door/dispatcher.ts';
import type { Ec2QueryService } from '../../../src/wire/service.ts';
import { silentLogger } from '../agent/silent-logger.ts';

export const EC2_SCOPE: Scope = { account: '000000000000', region: 'eu-west-1' };
const SERVICE_CIDR = '198.18.255.0/24';
const DNS_SUFFIX = 'amazonaws.com';

/** What of the client's requests the handler reads. */
export class Ec2UnderTest {
  readonly clock = new ManualClock();
  readonly store = new MemoryStore();
  readonly network = new Network(this.store);
  readonly service: Ec2QueryService;
  readonly defaultNetworks: DefaultNetworks;
  /** Of the usual account. */
  readonly client: EC2;
  /** What was answered as a fault of ours. */
  readonly faults: unknown[] = [];

  constructor(settings: { readonly publicCidr?: string } = {}) {
    const { store, clock } = this;
    const base = { store, clock, vpcCidr: '172.31.0.0/16' };
    this.defaultNetworks = new DefaultNetworks(base);
    this.service = createEc2Service({
      ...base,
      network: this.network,
      ids: randomIds,
      logger: silentLogger,
      defaultNetworks: this.defaultNetworks,
      publicCidr: settings.publicCidr ?? '198.19.0.0/16',
      serviceCidr: SERVICE_CIDR,
      uplinkCidr: '100.64.0.0/20',
      dnsSuffix: DNS_SUFFIX,
    });
    this.client = this.clientOf(EC2_SCOPE);
  }

  /** The records of the usual account. */
  async all<K extends Ec2Kind>(kind: K): Promise<readonly Ec2Records[K][]> {
    const entries = await this.store.range<Ec2Records[K]>({ prefix: keys.ec2All(EC2_SCOPE, kind) });
    return entries.map(({ value }) => value);
  }

  async find<K extends Ec2Kind>(kind: K, id: string): Promise<Ec2Records[K] | undefined> {
    return (await this.store.get<Ec2Records[K]>(keys.ec2(EC2_SCOPE, kind, id)))?.value;
  }

  /** Writes a record that no operation would write like that. */
  async put<K extends Ec2Kind>(kind: K, id: string, value: Ec2Records[K]): Promise<void> {
    await this.store.transact([], [{ put: keys.ec2(EC2_SCOPE, kind, id), value }]);
  }

  /** What a machine learns of a VPC. */
  async picture(vpcId: string): Promise<VpcPicture> {
    const records: VpcRecords = {
      vpcs: await this.all('vpc'),
      subnets: await this.all('subnet'),
      routeTables: await this.all('route-table'),
      internetGateways: await this.all('internet-gateway'),
      natGateways: await this.all('nat-gateway'),
      securityGroups: await this.all('security-group'),
      prefixLists: await this.all('prefix-list'),
      enis: await this.all('eni'),
      endpoints: await this.all('endpoint'),
      flowLogs: await this.all('flow-log'),
      ...{ fileSystems: [], mountTargets: [], accessPoints: [] },
    };
    const view = { scope: EC2_SCOPE, vpcId, machineId: 'm', routedFromHost: false };
    const picture = buildPicture(records, { ...view, serviceCidr: SERVICE_CIDR, dnsSuffix: DNS_SUFFIX });
    return picture ?? assert.fail(`there is no ${vpcId}`);
  }

  clientOf(scope: Scope): EC2 {
    const dispatcher = new Dispatcher({
      protocols: [new Ec2QueryProtocol([this.service])],
      identify: () => ({ ...scope, principalArn: `arn:aws:iam::${scope.account}:root` }),
      logger: {
        debug: () => undefined,
        error: (_message, fields) => this.faults.push(fields?.['cause']),
      },
    });
    return new EC2(dispatched(dispatcher, scope.region));
  }
}

/** Asserts that a call fails with this code and text. */
export async function refusesEc2(
  call: Promise<unknown>,
  code: string,
  message: string | RegExp,
  status = 400,
): Promise<void> {
  const error: unknown = await call.then(
    () => assert.fail(`nothing was refused; expected ${code}`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof EC2ServiceException, String(error));
  assert.equal(error.name, code, error.message);
  if (typeof message === 'string') assert.equal(error.message, message);
  else assert.match(error.message, message);
  assert.equal(error.$metadata.httpStatusCode, status);
}
