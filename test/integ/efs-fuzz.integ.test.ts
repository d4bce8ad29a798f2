import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { EFSServiceException } from '@aws-sdk/client-efs';
import type {
  AccessPointRecord,
  EfsTokenRecord,
  FileSystemRecord,
  MountTargetRecord,
} from '../../src/domain/efs/records.ts';
import { type EfsKind, keys } from '../../src/domain/keys.ts';
import type { OperationSchema } from '../../src/wire/service.ts';
import { Ec2UnderTest } from '../support/ec2/ec2-under-test.ts';
import { EFS_SCOPE, EfsUnderTest } from '../support/efs/efs-under-test.ts';
import { generateValue, seededRandom } from '../support/fuzz/fuzz.ts';

const REQUESTS_PER_OPERATION = 200;
const SEED = 2049;

type Random = () => number;

interface Scene {
  readonly efs: EfsUnderTest;
  readonly ec2: Ec2UnderTest;
}

/** What ids of these members begin with; `fs` stands for file systems, access points and mount targets. */
const PREFIXES: Readonly<Record<string, string>> = {
  SubnetId: 'subnet-',
  SecurityGroups: 'sg-',
  MountTargetId: 'fsmt-',
};

const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: 'elasticfilesystem:ClientMount' }],
});

/** Values that some member takes, so that requests get further than the first check. */
const SENSE: Readonly<Record<string, readonly unknown[]>> = {
  PerformanceMode: ['generalPurpose', 'maxIO'],
  ThroughputMode: ['bursting', 'elastic', 'provisioned'],
  ProvisionedThroughputInMibps: [1, 100, 4000],
  KmsKeyId: ['alias/aws/elasticfilesystem'],
  AvailabilityZoneName: ['eu-west-1a', 'us-east-1a'],
  Path: ['/', '/a/b', '/a/../b', '/a/b/c/d/e'],
  Permissions: ['0755', '700', '9'],
  Status: ['ENABLED', 'DISABLED', 'ENABLING'],
  TransitionToIA: ['AFTER_7_DAYS'],
  TransitionToArchive: ['AFTER_90_DAYS'],
  ReplicationOverwriteProtection: ['ENABLED', 'DISABLED'],
  Policy: [POLICY, '{}'],
  ResourceIdType: ['LONG_ID', 'SHORT_ID'],
  Uid: [0, 1000, 2 ** 32],
  Gid: [0, 1000],
};

function withSense(value: unknown, name: string, ids: readonly string[], random: Random): unknown {
  const one = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
  if (/Id$|^SecurityGroups$/.test(name) && name !== 'KmsKeyId' && random() < 0.8) {
    const fitting = ids.filter((id) => id.startsWith(PREFIXES[name] ?? 'fs'));
    return Array.isArray(value) ? [one(fitting)] : one(fitting);
  }
  if (Array.isArray(value)) return value.map((item) => withSense(item, name, ids, random));
  if (SENSE[name] !== undefined && random() < 0.8) return one(SENSE[name]);
  // The client does not send half of a character, and refuses an empty label itself.
  if (value === '\ud800' || value === '') return '-';
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withSense(item, key, ids, random)]),
  );
}

async function all<T>(efs: EfsUnderTest, kind: EfsKind): Promise<readonly T[]> {
  const entries = await efs.store.range<T>({ prefix: keys.efsAll(EFS_SCOPE, kind) });
  return entries.map(({ value }) => value);
}

async function idsOf({ efs, ec2 }: Scene): Promise<readonly string[]> {
  const fileSystems = await all<FileSystemRecord>(efs, 'file-system');
  const accessPoints = await all<AccessPointRecord>(efs, 'access-point');
  const mountTargets = await all<MountTargetRecord>(efs, 'mount-target');
  const subnets = await ec2.all('subnet');
  const groups = await ec2.all('security-group');
  return [
    ...['fs-01234567', 'fsmt-01234567', 'subnet-01234567', 'sg-01234567'],
    ...fileSystems.map(({ fileSystemId }) => fileSystemId),
    ...accessPoints.map(({ accessPointId }) => accessPointId),
    ...mountTargets.map(({ mountTargetId }) => mountTargetId),
    ...subnets.map(({ subnetId }) => subnetId),
    ...groups.map(({ groupId }) => groupId),
  ];
}

async function fuzz(scene: Scene, schema: OperationSchema, random: Random) {
  const name = `${schema[2][0]?.toLowerCase()}${schema[2].slice(1)}` as 'describeFileSystems';
  const statuses = new Set<number>();
  const improper: string[] = [];
  for (let sent = 0; sent < REQUESTS_PER_OPERATION; sent += 1) {
    const drawn = generateValue(schema[4], random, { hostile: true, optionalMembers: random() });
    const input = withSense(drawn, '', await idsOf(scene), random) as object;
    try {
      statuses.add((await scene.efs.client[name](input)).$metadata.httpStatusCode ?? 0);
    } catch (error) {
      const status = error instanceof EFSServiceException ? (error.$metadata.httpStatusCode ?? 0) : 0;
      statuses.add(status);
      if (status < 400 || status > 499) improper.push(`${JSON.stringify(input)}: ${String(error)}`);
    }
  }
  return { statuses, improper };
}

/** What must hold of the records and the files, whatever was asked for. */
async function brokenLaws(efs: EfsUnderTest): Promise<readonly string[]> {
  await efs.files.settle();
  const fileSystems = await all<FileSystemRecord>(efs, 'file-system');
  const accessPoints = await all<AccessPointRecord>(efs, 'access-point');
  const there = new Set(fileSystems.map(({ fileSystemId }) => fileSystemId));
  const broken: string[] = [];
  const directories = await efs.storage.list();
  if (directories.length !== there.size || !directories.every((id) => there.has(id))) {
    broken.push(`directories ${directories.join(' ')} of file systems ${[...there].join(' ')}`);
  }
  const mountTargets = await all<MountTargetRecord>(efs, 'mount-target');
  for (const record of [...accessPoints, ...mountTargets]) {
    if (!there.has(record.fileSystemId)) broken.push(`${JSON.stringify(record)} is of no file system`);
  }
  const tokens = await efs.store.range<EfsTokenRecord>({
    prefix: keys.efsToken(EFS_SCOPE, 'file-system', ''),
  });
  if (tokens.length !== there.size || !tokens.every(({ value }) => there.has(value.id))) {
    broken.push(`${tokens.length} tokens of ${there.size} file systems`);
  }
  return broken;
}

describe('EFS under random requests', () => {
  const ec2 = new Ec2UnderTest();
  const efs = new EfsUnderTest(ec2);
  before(() => ec2.defaultNetworks.ensure(EFS_SCOPE));

  for (const { schema } of efs.service.operations) {
    it(`${schema[2]} answers or refuses as AWS`, async () => {
      // Something to ask about, whatever an earlier test has deleted.
      const id = await efs.fileSystem(`for ${schema[2]}`);
      for (let n = 0; n < 3; n += 1) await efs.client.createAccessPoint({ FileSystemId: id });
      const SubnetId = (await ec2.all('subnet'))[0]?.subnetId ?? assert.fail('there is no subnet');
      await efs.client.createMountTarget({ FileSystemId: id, SubnetId });
      await efs.client.putFileSystemPolicy({ FileSystemId: id, Policy: POLICY });
      const { statuses, improper } = await fuzz({ efs, ec2 }, schema, seededRandom(SEED));
      assert.deepEqual(improper, []);
      assert.deepEqual(efs.faults, []);
      assert.deepEqual(await brokenLaws(efs), []);
      if (!schema[2].endsWith('AccountPreferences')) {
        assert.ok(
          [...statuses].some((status) => status >= 400),
          'nothing was refused',
        );
      }
      if (!/Replication/.test(schema[2])) {
        assert.ok(
          [...statuses].some((status) => status < 300),
          'nothing was answered',
        );
      }
    });
  }
});
