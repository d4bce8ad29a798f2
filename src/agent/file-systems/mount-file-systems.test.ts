import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { describe, it } from 'node:test';
import { anAssignment } from '../../../test/support/agent/assignments.ts';
import {
  efsVolumeOf,
  FILE_SYSTEM_ID,
  mountTargetAddressIn,
  pictureWithFileSystem,
} from '../../../test/support/efs/file-system-picture.ts';
import type { EfsVolumeConfiguration, Volume } from '../../domain/ecs/task-definition.ts';
import { AppError, toAppError } from '../../domain/errors.ts';
import type { VpcPicture } from '../../domain/network/vpc.ts';
import type { DialTarget } from '../../ports/dialer.ts';
import type { ExternalServer } from './external-server.ts';
import type { FileSystemMountRequest, FileSystemMounts } from '../../ports/file-system-mounts.ts';
import { ManualClock } from '../../ports/testing/manual-clock.ts';
import { newFacts } from '../runner/facts.ts';
import type { StepContext } from '../runner/step-context.ts';
import { mountFileSystems, unmountFileSystems } from './mount-file-systems.ts';

const ROLE = 'arn:aws:iam::000000000000:role/app';
const NAME = `${FILE_SYSTEM_ID}.efs.eu-west-1.amazonaws.com`;
const ACCESS_POINT = {
  accessPointId: 'fsap-0123456789abcdef0',
  rootPath: '/app',
  posixUser: { uid: 7, gid: 8, secondaryGids: [9] },
};
const TAIL = ' : unsuccessful EFS utils command execution; code: ';

interface SceneOptions {
  readonly volumes?: readonly Volume[];
  readonly fileSystem?: Parameters<typeof pictureWithFileSystem>[1];
  readonly picture?: Partial<VpcPicture>;
  /** What becomes of connections; default: they come about. */
  readonly connect?: 'hangs' | 'times-out' | 'is-reset' | 'is-refused';
  readonly dnsSuffix?: string;
  readonly external?: readonly ExternalServer[];
}

/** Remembers what it was asked for; there is no `/missing` anywhere. */
class NotedMounts implements FileSystemMounts {
  requests: readonly FileSystemMountRequest[] = [];

  async mount(request: FileSystemMountRequest, signal: AbortSignal): Promise<{ readonly path: string }> {
    signal.throwIfAborted();
    if (request.view.rootDirectory === '/missing') throw new AppError('not-found', 'no such directory');
    this.requests = [...this.requests, request];
    return { path: `/mounts/${request.volume}` };
  }

  async unmount(taskId: string): Promise<void> {
    this.requests = this.requests.filter((request) => request.taskId !== taskId);
  }

  async list(): Promise<string[]> {
    return this.requests.map(({ taskId }) => taskId);
  }

  async close(): Promise<void> {}
}

class Scene {
  readonly clock = new ManualClock();
  readonly mounts = new NotedMounts();
  readonly dialled: DialTarget[] = [];
  readonly #options: SceneOptions;
  readonly #given = new AbortController();

  constructor(options: SceneOptions) {
    this.#options = options;
  }

  giveUp(): void {
    this.#given.abort();
  }

  get context(): StepContext {
    const { volumes = [efsVolumeOf('shared')], fileSystem, picture, dnsSuffix, external } = this.#options;
    const assignment = anAssignment(undefined, { volumes, taskRoleArn: ROLE });
    const facts = { ...newFacts(assignment, { hex: () => '1', uuid: () => '' }), namespacePath: '/ns' };
    return {
      assignment,
      facts: () => facts,
      signal: this.#given.signal,
      deps: {
        clock: this.clock,
        fileSystems: this.mounts,
        vpcs: { picture: () => pictureWithFileSystem(assignment.eni.vpc, fileSystem, picture) },
        network: {
          dialer: () => ({
            connect: (target: DialTarget, signal: AbortSignal) => this.#dial(target, signal),
          }),
        },
        settings: {
          ...(dnsSuffix !== undefined && { dnsSuffix }),
          ...(external !== undefined && { externalFileSystems: external }),
        },
      },
    } as unknown as StepContext;
  }

  /** The request of the only mount there is. */
  async request(): Promise<FileSystemMountRequest> {
    await mountFileSystems(this.context);
    const [request, ...others] = this.mounts.requests;
    assert.deepEqual(others, []);
    return request ?? assert.fail('nothing was mounted');
  }

  /** What the step is refused with, and after how many seconds. */
  async failure(): Promise<{ error: AppError; afterS: number }> {
    let error: AppError | undefined;
    void mountFileSystems(this.context).catch((thrown: unknown) => {
      error = toAppError(thrown);
    });
    const startedAt = this.clock.now();
    for (let turn = 0; error === undefined && turn < 2_000; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      const { untilNext } = this.clock;
      if (error === undefined && untilNext !== undefined) this.clock.advance(untilNext);
    }
    return {
      error: error ?? assert.fail('it does not end'),
      afterS: (this.clock.now() - startedAt) / 1_000,
    };
  }

  async #dial(target: DialTarget, signal: AbortSignal): Promise<Duplex> {
    this.dialled.push(target);
    const { connect } = this.#options;
    if (connect === 'hangs') {
      return await new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new AppError('aborted', 'given up')), { once: true });
      });
    }
    if (connect === 'times-out') {
      await this.clock.sleep(10_000, signal);
      throw new AppError('deadline', 'i/o timeout');
    }
    if (connect !== undefined) {
      const syscallCode = connect === 'is-reset' ? 'ECONNRESET' : 'ECONNREFUSED';
      throw new AppError('unavailable', 'no', { details: { syscallCode } });
    }
    return new Duplex({ read: () => undefined });
  }
}

function volume(changes: Partial<EfsVolumeConfiguration>): readonly Volume[] {
  return [efsVolumeOf('shared', changes)];
}

const TLS = { transitEncryption: 'ENABLED' } as const;
const ROLE_ONLY = policy({ Principal: { AWS: ROLE } });

function policy(changes: object): { policy: string } {
  const statement = { Effect: 'Allow', Principal: '*', Action: 'elasticfilesystem:Client*', ...changes };
  return { policy: JSON.stringify({ Version: '2012-10-17', Statement: statement }) };
}

describe('A volume of EFS', () => {
  it('is mounted from the mount target of the task’s zone, by the task’s interface', async () => {
    const scene = new Scene({});
    const request = await scene.request();
    const address = mountTargetAddressIn(scene.context.assignment.eni.vpc);
    assert.deepEqual(scene.dialled, [{ host: address, port: 2049 }]);
    assert.deepEqual(request, {
      taskId: scene.context.assignment.taskId,
      volume: 'shared',
      view: { fileSystemId: FILE_SYSTEM_ID, rootDirectory: '/' },
      dnsName: NAME,
      readOnly: false,
      squashRoot: false,
      network: { address, namespacePath: '/ns', tls: false },
    });
  });

  it('has a directory, an access point, a tunnel with its port, and a file system by its ARN', async () => {
    const fileSystemId = `arn:aws:elasticfilesystem:eu-west-1:000000000000:file-system/${FILE_SYSTEM_ID}`;
    const byDirectory = await new Scene({
      volumes: volume({ fileSystemId, rootDirectory: '/a/b' }),
    }).request();
    assert.deepEqual(byDirectory.view, { fileSystemId: FILE_SYSTEM_ID, rootDirectory: '/a/b' });
    const { accessPointId } = ACCESS_POINT;
    const { view, network } = await new Scene({
      volumes: volume({ ...TLS, transitEncryptionPort: 20_049, authorizationConfig: { accessPointId } }),
      fileSystem: { accessPoints: [ACCESS_POINT] },
    }).request();
    assert.deepEqual(view, { fileSystemId: FILE_SYSTEM_ID, accessPoint: ACCESS_POINT, rootDirectory: '/' });
    assert.deepEqual([network.tls, network.tlsPort], [true, 20_049]);
  });

  it('is read-only, and root nobody, as far as the policy says so', async () => {
    const readOnly = policy({ Action: 'elasticfilesystem:ClientMount' });
    const { readOnly: isReadOnly, squashRoot } = await new Scene({ fileSystem: readOnly }).request();
    assert.deepEqual([isReadOnly, squashRoot], [true, true]);
  });

  it('is open to the task’s role, where it is identified', async () => {
    const volumes = volume({ ...TLS, authorizationConfig: { iam: 'ENABLED' } });
    const request = await new Scene({ volumes, fileSystem: ROLE_ONLY }).request();
    assert.equal(request.readOnly, false);
  });

  it('is one of several that are mounted at the same time, and remembered by name', async () => {
    const scene = new Scene({ volumes: [efsVolumeOf('a'), { name: 'scratch' }, efsVolumeOf('b')] });
    const after = (await mountFileSystems(scene.context))(scene.context.facts());
    assert.equal(after.fileSystems, 'made');
    assert.deepEqual(after.fileSystemPaths, { a: '/mounts/a', b: '/mounts/b' });
    assert.equal((await unmountFileSystems(scene.context))(after).fileSystems, 'gone');
    assert.deepEqual(await scene.mounts.list(), []);
  });
});

interface Failure extends SceneOptions {
  readonly name: string;
  readonly says: string;
  readonly afterS?: number;
}

const ATTEMPTS =
  'Mount attempt 1/3 failed due to timeout after 15 sec, wait 0 sec before next attempt. ' +
  'Mount attempt 2/3 failed due to timeout after 15 sec, wait 0 sec before next attempt. ';

const unresolved = (name: string): string =>
  `Failed to resolve "${name}" - check that your file system ID is correct, and ensure that the VPC has an EFS mount ` +
  'target for this file system ID. See https://docs.aws.amazon.com/console/efs/mount-dns-name for more detail. ' +
  'Attempting to lookup mount target ip address using botocore. Failed to import necessary dependency botocore, ' +
  `please install botocore first.${TAIL}1`;
const denied = (place: string): string =>
  `b'mount.nfs4: access denied by server while mounting ${place}'${TAIL}32`;

const FAILURES: readonly Failure[] = [
  {
    name: 'an unknown file system',
    volumes: volume({ fileSystemId: 'fs-0aaaaaaaaaaaaaaaa' }),
    says: unresolved('fs-0aaaaaaaaaaaaaaaa.efs.eu-west-1.amazonaws.com'),
  },
  { name: 'no mount target in the zone', fileSystem: { mountTargets: [] }, says: unresolved(NAME) },
  { name: 'no resolver', picture: { enableDnsSupport: false }, says: unresolved(NAME) },
  { name: 'no host names', picture: { enableDnsHostnames: false }, says: unresolved(NAME) },
  {
    name: 'no mount target, by other names of services',
    fileSystem: { mountTargets: [] },
    dnsSuffix: 'aws.test',
    says: unresolved(`${FILE_SYSTEM_ID}.efs.eu-west-1.aws.test`),
  },
  {
    name: 'nobody who answers',
    connect: 'hangs',
    says: `${ATTEMPTS}b'mount.nfs4: Connection timed out'${TAIL}32`,
    afterS: 45,
  },
  {
    name: 'nobody who answers in the dialer’s time',
    connect: 'times-out',
    says: `${ATTEMPTS}b'mount.nfs4: Connection timed out'${TAIL}32`,
    afterS: 45,
  },
  {
    name: 'nobody who answers behind the tunnel',
    volumes: volume(TLS),
    connect: 'hangs',
    says: `${ATTEMPTS}b'mount.nfs4: mount system call failed'${TAIL}32`,
    afterS: 45,
  },
  {
    name: 'a refused connection',
    connect: 'is-refused',
    says: `${ATTEMPTS}b'mount.nfs4: Connection timed out'${TAIL}32`,
    afterS: 45,
  },
  {
    name: 'a reset',
    connect: 'is-reset',
    says: `b'mount.nfs4: Connection reset by peer'${TAIL}32`,
    afterS: 3,
  },
  {
    name: 'a policy that lets nobody in',
    fileSystem: policy({ Effect: 'Deny' }),
    says: denied(`${NAME}:/`),
  },
  {
    name: 'a policy for a role, without an identity',
    fileSystem: ROLE_ONLY,
    volumes: volume({ ...TLS, rootDirectory: '/a' }),
    says: denied('127.0.0.1:/a'),
  },
  {
    name: 'an access point that is none',
    volumes: volume({ ...TLS, authorizationConfig: { accessPointId: 'fsap-0aaaaaaaaaaaaaaaa' } }),
    fileSystem: { accessPoints: [ACCESS_POINT] },
    says: denied('127.0.0.1:/'),
  },
  {
    name: 'a directory that is not there',
    volumes: volume({ rootDirectory: '/missing' }),
    says: `b'mount.nfs4: mounting ${NAME}:/missing failed, reason given by server: No such file or directory'${TAIL}32`,
  },
  {
    name: 'a directory that is not there, behind the tunnel',
    volumes: volume({ ...TLS, rootDirectory: '/missing' }),
    says: `b'mount.nfs4: mounting 127.0.0.1:/missing failed, reason given by server: No such file or directory'${TAIL}32`,
  },
  {
    name: 'one of several that cannot be mounted',
    volumes: [efsVolumeOf('a'), efsVolumeOf('b', { rootDirectory: '/missing' })],
    says: `b'mount.nfs4: mounting ${NAME}:/missing failed, reason given by server: No such file or directory'${TAIL}32`,
  },
];

describe('A volume of EFS with an external server', () => {
  const external = [{ fileSystemId: 'fs-0eeeeeeeeeeeeeeee', host: 'nas.example', path: '/export' }];
  const of = (changes: Partial<EfsVolumeConfiguration> = {}) => [
    efsVolumeOf('shared', { fileSystemId: 'fs-0eeeeeeeeeeeeeeee', ...changes }),
  ];

  it('needs no mount target, and is mounted from the server that the setting names', async () => {
    const volumes = of({ rootDirectory: '/app', transitEncryption: 'ENABLED', transitEncryptionPort: 2050 });
    const { view, readOnly, squashRoot, network } = await new Scene({ volumes, external }).request();
    assert.deepEqual(view, { fileSystemId: 'fs-0eeeeeeeeeeeeeeee', rootDirectory: '/app' });
    assert.deepEqual({ readOnly, squashRoot }, { readOnly: false, squashRoot: false });
    assert.deepEqual(network, {
      ...{ address: 'nas.example', serverPath: '/export', namespacePath: '/ns', tls: true, tlsPort: 2050 },
    });
  });

  it('asks the server for an access point', async () => {
    const volumes = of({
      transitEncryption: 'ENABLED',
      authorizationConfig: { accessPointId: 'fsap-0123456789abcdef0' },
    });
    const { view } = await new Scene({ volumes, external }).request();
    assert.deepEqual(view.accessPoint, { accessPointId: 'fsap-0123456789abcdef0', rootPath: '/' });
  });

  it('cannot tell it who the task is', async () => {
    const volumes = of({ transitEncryption: 'ENABLED', authorizationConfig: { iam: 'ENABLED' } });
    const { error } = await new Scene({ volumes, external }).failure();
    assert.match(error.message, /^IAM authorization is not possible with fs-0eeeeeeeeeeeeeeee/);
  });
});

describe('A volume of EFS that cannot be mounted', () => {
  for (const { name, says, afterS = 0, ...options } of FAILURES) {
    it(`is told in the words of mount.efs: ${name}`, async () => {
      const { error, afterS: ended } = await new Scene(options).failure();
      assert.equal(error.message, says);
      assert.equal(ended, afterS);
      assert.notEqual(error.kind, 'internal');
    });
  }

  it('says what a driver says that is mount.nfs4 itself', async () => {
    const scene = new Scene({});
    const details = { exitCode: 32 };
    scene.mounts.mount = () => Promise.reject(new AppError('unavailable', "b'mount.nfs4: odd'", { details }));
    assert.equal((await scene.failure()).error.message, `b'mount.nfs4: odd'${TAIL}32`);
  });

  it('is no longer asked for when the task is given up', async () => {
    const scene = new Scene({ connect: 'hangs' });
    const mounting = mountFileSystems(scene.context).catch(toAppError);
    await new Promise((resolve) => setImmediate(resolve));
    scene.giveUp();
    const error = await mounting;
    assert.ok(error instanceof AppError && error.kind === 'aborted');
  });
});
