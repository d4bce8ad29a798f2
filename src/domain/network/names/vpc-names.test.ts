import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { endpointName, zonalEndpointName } from './endpoint-names.ts';
import type { EndpointPicture, InterfacePicture, VpcPicture } from '../vpc.ts';
import { addressesOf, endpointAt, pointerOf, type ServiceNames } from './vpc-names.ts';

const NAMES: ServiceNames = {
  serviceCidr: '198.18.0.0/24',
  dnsSuffix: 'amazonaws.com',
  publicCidr: '198.19.0.0/16',
  served: new Set(['ecs', 'logs', 'ecr.dkr', 's3']),
  registries: new Set(['registry.local']),
};
const PLACE = { endpointId: 'vpce-01', service: 'logs', region: 'us-east-1', suffix: 'amazonaws.com' };
const ENDPOINT: EndpointPicture = {
  endpointId: 'vpce-01',
  type: 'interface',
  service: 'logs',
  privateDns: true,
  eniIds: ['eni-a', 'eni-b'],
  dnsNames: [
    endpointName(PLACE),
    zonalEndpointName(PLACE, 'us-east-1a'),
    zonalEndpointName(PLACE, 'us-east-1b'),
  ],
};
const eni = (eniId: string, subnetId: string, address: string): InterfacePicture => ({
  eniId,
  subnetId,
  privateIpv4Address: address,
  securityGroups: [],
  purpose: 'endpoint',
});

function picture(changes: Partial<VpcPicture> = {}): VpcPicture {
  return {
    vpcId: 'vpc-1',
    account: '000000000000',
    region: 'us-east-1',
    cidr: '172.31.0.0/16',
    routedFromHost: false,
    enableDnsSupport: true,
    enableDnsHostnames: true,
    subnets: [
      { subnetId: 'subnet-a', cidr: '172.31.0.0/20', availabilityZone: 'us-east-1a', routes: [] },
      { subnetId: 'subnet-b', cidr: '172.31.16.0/20', availabilityZone: 'us-east-1b', routes: [] },
    ],
    groups: [],
    interfaces: [
      eni('eni-a', 'subnet-a', '172.31.0.10'),
      eni('eni-b', 'subnet-b', '172.31.16.10'),
      { ...eni('eni-c', 'subnet-b', '172.31.16.11'), purpose: 'task-elsewhere' },
    ],
    endpoints: [],
    flowLogs: [],
    fileSystems: [],
    ...changes,
  };
}
const meaning = (name: string, changes: Partial<VpcPicture> = {}) =>
  addressesOf(picture(changes), name, NAMES);

describe('a name in a VPC', () => {
  it('of a private address means that address, when the VPC has it and names are on', () => {
    assert.deepEqual(meaning('ip-172-31-16-5.ec2.internal'), ['172.31.16.5']);
    assert.deepEqual(meaning('IP-172-31-16-5.EC2.internal.'), ['172.31.16.5']);
    assert.deepEqual(meaning('ip-172-31-16-5.eu-west-1.compute.internal', { region: 'eu-west-1' }), [
      '172.31.16.5',
    ]);
    assert.equal(meaning('ip-10-0-0-5.ec2.internal'), 'unknown');
    assert.equal(meaning('ip-172-31-016-5.ec2.internal'), 'unknown');
    assert.equal(meaning('db.ec2.internal'), 'unknown');
    assert.equal(meaning('ip-172-31-16-5.ec2.internal', { enableDnsHostnames: false }), 'unknown');
  });

  it('of a service that is here means its public address, in every region', () => {
    assert.deepEqual(meaning('logs.us-east-1.amazonaws.com'), ['198.18.0.11']);
    assert.deepEqual(meaning('logs.eu-west-3.amazonaws.com'), ['198.18.0.11']);
    assert.deepEqual(meaning('000000000000.dkr.ecr.us-east-1.amazonaws.com'), ['198.18.0.13']);
    assert.deepEqual(meaning('bucket.s3.amazonaws.com'), ['198.18.0.14']);
  });

  it('of a public address means that address, or inside its VPC the private one', () => {
    const name = 'ec2-198-19-0-5.compute-1.amazonaws.com';
    assert.deepEqual(meaning(name), ['198.19.0.5']);
    assert.deepEqual(meaning('ec2-198-19-0-5.eu-west-1.compute.amazonaws.com'), ['198.19.0.5']);
    const interfaces = [{ ...eni('eni-a', 'subnet-a', '172.31.0.10'), publicIpv4Address: '198.19.0.5' }];
    assert.deepEqual(meaning(name, { interfaces }), ['172.31.0.10']);
    assert.equal(meaning('ec2-52-1-2-3.compute-1.amazonaws.com'), 'elsewhere');
    assert.equal(meaning('ec2-198-19-0-5.us-east-1.compute.amazonaws.com'), 'elsewhere');
  });

  it("of ECR's layers means S3, whether or not S3 is here", () => {
    const host = 'prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com';
    const names = { ...NAMES, served: new Set(['ecr.dkr']) };
    assert.deepEqual(addressesOf(picture(), host, names), ['198.18.0.14']);
    assert.equal(addressesOf(picture(), 'bucket.s3.us-east-1.amazonaws.com', names), 'elsewhere');
  });

  it('of anything else is for others to answer', () => {
    for (const name of [
      'dynamodb.us-east-1.amazonaws.com',
      'kms.us-east-1.amazonaws.com',
      'example.com',
      'evil-logs.us-east-1.amazonaws.com',
      'logs.us-east-1.amazonaws.com.example.com',
      'amazonaws.com',
      '',
    ]) {
      assert.equal(meaning(name), 'elsewhere', name);
    }
  });

  it('of a service means the interfaces of an endpoint with private DNS, in all zones', () => {
    const endpoints = [ENDPOINT];
    const both = ['172.31.0.10', '172.31.16.10'];
    assert.deepEqual(meaning('logs.us-east-1.amazonaws.com', { endpoints }), both);
    assert.deepEqual(meaning('ecs.us-east-1.amazonaws.com', { endpoints }), ['198.18.0.10']);
    assert.deepEqual(meaning('logs.eu-west-3.amazonaws.com', { endpoints }), ['198.18.0.11']);
    const without = [
      { endpoints: [{ ...ENDPOINT, privateDns: false }] },
      { endpoints, enableDnsHostnames: false },
    ];
    for (const changes of without) {
      assert.deepEqual(meaning('logs.us-east-1.amazonaws.com', changes), ['198.18.0.11']);
    }
  });

  it("of an endpoint's own means its interfaces, or the one in the zone it names", () => {
    const endpoints = [{ ...ENDPOINT, privateDns: false }];
    assert.deepEqual(meaning(endpointName(PLACE), { endpoints }), ['172.31.0.10', '172.31.16.10']);
    assert.deepEqual(meaning(zonalEndpointName(PLACE, 'us-east-1b'), { endpoints }), ['172.31.16.10']);
    assert.equal(meaning('vpce-99-0.logs.us-east-1.vpce.amazonaws.com', { endpoints }), 'elsewhere');
  });

  it("of a file system means its mount target in the asker's zone, or in the zone it names", () => {
    const target = (zone: string) => ({
      ...{ mountTargetId: `fsmt-${zone}`, eniId: `eni-${zone}`, availabilityZone: `us-east-1${zone}` },
    });
    const changes = {
      fileSystems: [{ fileSystemId: 'fs-1', mountTargets: [target('a'), target('b')], accessPoints: [] }],
    };
    const ask = (name: string, asker: string, more: Partial<VpcPicture> = {}) =>
      addressesOf(picture({ ...changes, ...more }), name, NAMES, asker);
    const [inA, inB] = ['172.31.0.77', '172.31.16.77'];
    assert.deepEqual(ask('FS-1.efs.us-east-1.amazonaws.com.', inA), ['172.31.0.10']);
    assert.deepEqual(ask('fs-1.efs.us-east-1.amazonaws.com', inB), ['172.31.16.10']);
    assert.deepEqual(ask('us-east-1b.fs-1.efs.us-east-1.amazonaws.com', inA), ['172.31.16.10']);
    const onlyA = { fileSystems: [{ ...changes.fileSystems[0], mountTargets: [target('a')] }] } as never;
    for (const [name, asker, more] of [
      ['fs-1.efs.us-east-1.amazonaws.com', inB, onlyA],
      ['us-east-1c.fs-1.efs.us-east-1.amazonaws.com', inA, {}],
      ['fs-2.efs.us-east-1.amazonaws.com', inA, {}],
      ['fs-1.efs.us-east-1.amazonaws.com', '172.31.99.1', {}],
      ['fs-1.efs.eu-west-1.amazonaws.com', inA, {}],
      ['fs-1.efs.us-east-1.amazonaws.com', inA, { enableDnsHostnames: false }],
    ] as const) {
      assert.equal(ask(name, asker, more), 'unknown', name);
    }
    assert.equal(ask('x.efs.us-east-1.amazonaws.com', inA), 'elsewhere');
  });

  it('of a registry of the host means where such registries are', () => {
    assert.deepEqual(meaning('Registry.local'), ['198.18.0.2']);
  });

  it('is found for a private address', () => {
    assert.deepEqual(pointerOf(picture(), '5.16.31.172.in-addr.arpa'), {
      name: 'ip-172-31-16-5.ec2.internal',
    });
    assert.equal(pointerOf(picture(), '5.0.0.10.in-addr.arpa'), 'elsewhere');
    assert.equal(pointerOf(picture(), 'x.in-addr.arpa'), 'elsewhere');
    assert.equal(pointerOf(picture({ enableDnsHostnames: false }), '5.16.31.172.in-addr.arpa'), 'unknown');
  });
});

describe('an address of an endpoint', () => {
  it('says whose it is', () => {
    const vpc = picture({ endpoints: [ENDPOINT] });
    assert.deepEqual(endpointAt(vpc, '172.31.16.10'), { endpointId: ENDPOINT.endpointId, service: 'logs' });
    assert.equal(endpointAt(vpc, '172.31.16.11'), undefined);
    assert.equal(endpointAt(vpc, '172.31.16.12'), undefined);
  });
});
