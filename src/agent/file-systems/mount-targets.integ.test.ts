import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { clientCertificate } from '../../../test/support/efs/client-certificate.ts';
import { silentLogger } from '../../../test/support/agent/silent-logger.ts';
import { viewKey } from '../../domain/efs/view.ts';
import type { FileSystemPicture } from '../../domain/network/vpc.ts';
import {
  CertificateAuthority,
  makeAuthority,
} from '../../drivers/certificates-private/certificate-authority.ts';
import { ManualClock } from '../../ports/testing/manual-clock.ts';
import { pictureOf, SUBNET_ID } from '../../ports/testing/vpc-picture.ts';
import type { NfsExport } from '../../ports/nfs-servers.ts';
import { MemoryMountGrants } from './mount-grants.ts';
import { MountTargets } from './mount-targets.ts';

const VPC = { vpcId: 'vpc-1', cidr: '10.7.0.0/16', routedFromHost: false };
const FILE_SYSTEM: FileSystemPicture = {
  fileSystemId: 'fs-1',
  mountTargets: [{ mountTargetId: 'fsmt-1', eniId: 'eni-1', availabilityZone: 'eu-west-1a' }],
  accessPoints: [{ accessPointId: 'fsap-1', rootPath: '/data' }],
};
const NAME = 'fs-1.efs.eu-west-1.amazonaws.com';
const TARGET = { vpcId: VPC.vpcId, fileSystemId: 'fs-1' };
/** How a call of NFS begins. */
const CALL = Buffer.of(0x80, 0, 0, 0x28);
const picture = (changes: Partial<FileSystemPicture> = {}) =>
  pictureOf(VPC, {
    interfaces: [
      {
        ...{ eniId: 'eni-1', subnetId: SUBNET_ID, privateIpv4Address: '127.0.0.1' },
        ...{ securityGroups: [], purpose: 'mount-target' },
      },
    ],
    fileSystems: [{ ...FILE_SYSTEM, ...changes }],
  });

/** Mount targets in front of servers that send back what they get, in capitals. */
async function scene(test: TestContext, changes: Partial<FileSystemPicture> = {}) {
  const asked: NfsExport[] = [];
  const kept: [string, (string | undefined)[]][] = [];
  const upstreams: Duplex[] = [];
  const closed: string[] = [];
  const life = new AbortController();
  const clock = new ManualClock(Date.now());
  const grants = new MemoryMountGrants();
  const authority = new CertificateAuthority(makeAuthority({ now: clock.now() }), clock);
  const mountTargets = new MountTargets(
    {
      servers: {
        async connect(wanted) {
          asked.push(wanted);
          const upstream = shouting();
          upstreams.push(upstream);
          return upstream;
        },
        async keepOnly(fileSystemId, views) {
          kept.push([fileSystemId, views.map(({ accessPoint }) => accessPoint?.accessPointId)]);
        },
        list: async () => ['fs-1', 'fs-old'],
      },
      views: {
        list: async () => ['fs-1', 'fs-gone/fsap-1'],
        close: async (view) => void closed.push(viewKey(view)),
      },
      certificate: async (name) => authority.forName(name),
      grants,
      ...{ dnsSuffix: 'amazonaws.com', clock, logger: silentLogger },
    },
    life.signal,
  );
  mountTargets.know(picture(changes));
  const served: Promise<void>[] = [];
  const accepted: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    accepted.push(socket);
    served.push(mountTargets.serve(TARGET, socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets: Socket[] = [];
  test.after(() => {
    life.abort();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const dial = (): Socket => {
    const { port } = server.address() as AddressInfo;
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    socket.on('error', () => undefined);
    sockets.push(socket);
    return socket;
  };
  const dialTls = async (identity: ConnectionOptions = {}, ca = authority.authority) => {
    const socket = connectTls({ socket: dial(), servername: NAME, ca, ...identity });
    await once(socket, 'secureConnect');
    return socket;
  };
  return { mountTargets, asked, kept, upstreams, served, accepted, dial, dialTls, clock, grants, closed };
}

/** Resolves when the other side has ended the connection, in whatever way. */
async function sentAway(socket: Duplex): Promise<void> {
  socket.on('error', () => undefined).resume();
  await Promise.race([once(socket, 'end'), once(socket, 'close')]);
}

function shouting(): Duplex {
  return new Duplex({
    read: () => undefined,
    write(piece: Buffer, _encoding, done) {
      this.push(piece.toString('latin1').toUpperCase(), 'latin1');
      done();
    },
    final(done) {
      this.push(null);
      done();
    },
  });
}

describe('A mount target', () => {
  it('gives those who speak plain NFS the whole file system', async (test) => {
    const { dial, asked } = await scene(test);
    const socket = dial();
    // However little comes at first.
    socket.write(CALL.subarray(0, 1));
    socket.end(Buffer.concat([CALL.subarray(1), Buffer.from('hello')]));
    assert.match(await text(socket), /HELLO$/);
    const view = { fileSystemId: 'fs-1', rootDirectory: '/' };
    assert.deepEqual(asked, [{ view, readOnly: false, squashRoot: false }]);
  });

  it('has the name of its file system, for those who come by TLS', async (test) => {
    const { dialTls, asked } = await scene(test);
    const socket = await dialTls();
    socket.end('hello');
    assert.equal(await text(socket), 'HELLO');
    assert.equal(asked[0]?.view.accessPoint, undefined);
    const stranger = makeAuthority({ now: Date.now() }).cert;
    await assert.rejects(dialTls({}, stranger), { code: /SELF_SIGNED|UNABLE/ });
  });

  it('gives the access point that the certificate names, by TLS 1.2 as stunnel has it, or 1.3', async (test) => {
    const { dialTls, asked } = await scene(test);
    const identity = clientCertificate({ accessPointId: 'fsap-1', fileSystemId: 'fs-1' });
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = await dialTls({ ...identity, maxVersion });
      assert.equal(socket.getProtocol(), maxVersion);
      socket.end('hello');
      assert.equal(await text(socket), 'HELLO');
      assert.deepEqual(asked.pop()?.view, {
        ...{ fileSystemId: 'fs-1', rootDirectory: '/' },
        accessPoint: { accessPointId: 'fsap-1', rootPath: '/data' },
      });
    }
  });

  it('sends away who names an access point that is not there, or another file system', async (test) => {
    const { dialTls, asked } = await scene(test);
    for (const said of [
      { accessPointId: 'fsap-2', fileSystemId: 'fs-1' },
      { accessPointId: 'fsap-1', fileSystemId: 'fs-2' },
    ]) {
      const socket = await dialTls(clientCertificate(said));
      socket.write('hello');
      await sentAway(socket);
    }
    assert.deepEqual(asked, []);
  });

  it('lets clients do what the policy allows them', async (test) => {
    const { dial, dialTls, asked } = await scene(test, { policy: READ_BY_TLS });
    const plain = dial();
    plain.write(CALL);
    await sentAway(plain);
    assert.deepEqual(asked, []);
    const secure = await dialTls();
    secure.end('hello');
    assert.equal(await text(secure), 'HELLO');
    assert.deepEqual(asked, [
      { view: { fileSystemId: 'fs-1', rootDirectory: '/' }, readOnly: true, squashRoot: true },
    ]);
  });

  it("gives this machine's own mounts what was granted to them, whatever the policy is", async (test) => {
    const { dialTls, asked, grants } = await scene(test, { policy: READ_BY_TLS });
    const own = clientCertificate({ fileSystemId: 'fs-1' });
    const { fingerprint256 } = new X509Certificate(own.cert);
    const grant = { fileSystemId: 'fs-1', accessPointId: 'fsap-1', readOnly: false, squashRoot: true };
    grants.grant(fingerprint256, grant);
    const socket = await dialTls(own);
    socket.end('hello');
    assert.equal(await text(socket), 'HELLO');
    const [got] = asked;
    assert.deepEqual(
      [got?.view.accessPoint?.accessPointId, got?.readOnly, got?.squashRoot],
      ['fsap-1', false, true],
    );
    grants.grant(fingerprint256, { ...grant, fileSystemId: 'fs-2' });
    await sentAway(await dialTls(own));
    assert.equal(asked.length, 1);
  });

  it('lets clients of an access point go on when that is deleted, and then ends its server', async (test) => {
    const { mountTargets, dialTls, kept } = await scene(test);
    const identity = clientCertificate({ accessPointId: 'fsap-1', fileSystemId: 'fs-1' });
    const socket = await dialTls(identity);
    const heard = async (word: string): Promise<void> => {
      socket.write(word);
      assert.equal(String((await once(socket, 'data'))[0]), word.toUpperCase());
    };
    await heard('before');
    mountTargets.know(picture({ accessPoints: [] }));
    await heard('after');
    await sentAway(await dialTls(identity));
    assert.deepEqual(kept.at(-1), ['fs-1', [undefined, 'fsap-1']]);
    socket.destroy();
    while (kept.length < 3) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(kept.at(-1), ['fs-1', [undefined]]);
  });

  it('takes its clients with it when it is deleted, and the file system goes on', async (test) => {
    const { mountTargets, dial } = await scene(test);
    const socket = dial();
    socket.write(Buffer.concat([CALL, Buffer.from('x')]));
    await once(socket, 'data');
    mountTargets.know(picture());
    const mountTarget = { mountTargetId: 'fsmt-2', eniId: 'eni-2', availabilityZone: 'eu-west-1b' };
    mountTargets.know(picture({ mountTargets: [mountTarget] }));
    await sentAway(socket);
  });

  it('follows the newest picture', async (test) => {
    const { mountTargets, dial, kept, asked, closed } = await scene(test);
    mountTargets.know(picture({ accessPoints: [], policy: '{"Statement":[]}' }));
    const refused = dial();
    refused.write(CALL);
    await sentAway(refused);
    mountTargets.forget(VPC.vpcId);
    const late = dial();
    late.write(CALL);
    await sentAway(late);
    assert.deepEqual(asked, []);
    await mountTargets.sweep();
    assert.deepEqual(kept, [
      ['fs-1', [undefined, 'fsap-1']],
      ['fs-1', [undefined]],
      ['fs-1', []],
      ['fs-1', []],
      ['fs-old', []],
      ['fs-gone', []],
    ]);
    assert.deepEqual(new Set(closed), new Set(['fs-1', 'fs-gone/fsap-1']));
  });

  it('gives up on who says nothing, and on who speaks no TLS after all', async (test) => {
    const { dial, clock, served } = await scene(test);
    const silent = dial();
    await once(silent, 'connect');
    while (clock.sleeping < 1) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(30_000);
    await sentAway(silent);
    const odd = dial();
    odd.write(Buffer.of(0x16, 3, 1, 0, 5, 0xff, 0, 0, 1, 0));
    await sentAway(odd);
    await Promise.all(served);
  });

  it('ends both sides when one is gone, or has long said all', async (test) => {
    const { dial, upstreams, accepted, clock } = await scene(test);
    const opened = async (): Promise<[Socket, Duplex]> => {
      const socket = dial();
      socket.write(Buffer.concat([CALL, Buffer.from('x')]));
      await once(socket, 'data');
      return [socket, upstreams.at(-1) ?? assert.fail()];
    };
    const [first, ofFirst] = await opened();
    first.destroy();
    await once(ofFirst, 'close');
    const [second, ofSecond] = await opened();
    ofSecond.destroy(new Error('the server ended'));
    await sentAway(second);
    const [third, ofThird] = await opened();
    // All is said from here, and the client does not go.
    ofThird.push(null);
    await once(third.resume(), 'end');
    while (clock.sleeping < 1) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(30_000);
    await Promise.all([once(ofThird, 'close'), once(accepted.at(-1) ?? assert.fail(), 'close')]);
  });
});

const READ_BY_TLS = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { AWS: '*' },
      Action: 'elasticfilesystem:ClientMount',
      Resource: '*',
      Condition: { Bool: { 'aws:SecureTransport': 'true' } },
    },
  ],
});
