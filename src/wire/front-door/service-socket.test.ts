import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { connect, isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { checkServerIdentity, connect as connectTls, type PeerCertificate, type TLSSocket } from 'node:tls';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { DescribeFileSystems$, type DescribeFileSystemsRequest } from '@aws-sdk/client-efs';
import {
  openFrontDoor,
  SAMPLE_TARGET_PREFIX,
  sampleServices,
  type TrivialFrontDoor,
} from '../../../test/support/trivial-front-door.ts';
import {
  CertificateAuthority,
  makeAuthority,
} from '../../drivers/certificates-private/certificate-authority.ts';
import { operation, type RestJsonService } from '../service.ts';
import { TlsEnding } from './tls-ending.ts';
import { listenForTasks, type ServiceSocket, serviceLine } from './service-socket.ts';

/** A TLS client of a connection that is there already. */
async function secured(socket: Socket, { name, ca }: { name: string; ca: string }): Promise<TLSSocket> {
  const servername = isIP(name) === 0 ? { servername: name } : {};
  const checked = (_host: string, found: PeerCertificate) => checkServerIdentity(name, found);
  const secure = connectTls({ socket, ca, ...servername, checkServerIdentity: checked });
  await once(secure, 'secureConnect');
  return secure;
}

const FILES: RestJsonService = {
  name: 'elasticfilesystem',
  protocol: 'rest-json',
  pathPrefix: '/2015-02-01/',
  operations: [
    operation(DescribeFileSystems$, async (_input: DescribeFileSystemsRequest) => ({ FileSystems: [] })),
  ],
};

describe('connections of tasks', () => {
  let front: TrivialFrontDoor;
  let socket: ServiceSocket;
  let path: string;
  let ca: string;
  const arrived: unknown[] = [];
  before(async () => {
    path = join(await mkdtemp(join(tmpdir(), 'neargate-')), 'services.sock');
    front = await openFrontDoor([...sampleServices({ contexts: [], waiting: [] }), FILES], {
      open: true,
      routes: [
        {
          pathPrefix: '/v2/',
          service: 'ecr.dkr',
          handle: (_request, response, { sourceIp = '' }) => response.end(`v2${sourceIp}`),
        },
      ],
    });
    const authority = new CertificateAuthority(makeAuthority({ now: Date.now() }), { now: () => Date.now() });
    const tls = new TlsEnding({ domain: 'amazonaws.com', certificates: authority });
    ca = authority.authority;
    socket = await listenForTasks(path, (connection, { secureAt, ...arrival }) => {
      arrived.push(arrival.by ?? arrival.sourceIp);
      const accept = (each: Duplex) => front.door.acceptSocket(each, arrival);
      if (secureAt === undefined) accept(connection);
      else tls.accept(connection, secureAt, accept);
    });
  });
  after(async () => {
    await socket.close();
    await front.door.close();
    await rm(join(path, '..'), { recursive: true });
  });

  /** What comes back for bytes that are sent in pieces; each in a write of its own. */
  async function exchange(...pieces: readonly string[]): Promise<string> {
    const connection = connect(path);
    await once(connection, 'connect');
    for (const piece of pieces) await new Promise((resolve) => connection.write(piece, resolve));
    let received = '';
    for await (const chunk of connection) received += String(chunk);
    return received;
  }
  const describeTasks = (extra = ''): string =>
    `POST / HTTP/1.1\r\nhost: logs.us-east-1.amazonaws.com\r\ncontent-type: application/x-amz-json-1.1\r\n` +
    `x-amz-target: ${SAMPLE_TARGET_PREFIX}.DescribeTasks\r\n${extra}connection: close\r\ncontent-length: 15\r\n\r\n{"tasks":["t"]}`;
  const getV2 = 'GET /v2/ HTTP/1.1\r\nhost: x.dkr.ecr.us-east-1.amazonaws.com\r\nconnection: close\r\n\r\n';

  it('reach the service that they are for, under any Host, in whatever pieces they come', async () => {
    for (const service of ['ecs', '*']) {
      assert.match(await exchange(serviceLine({ service }) + describeTasks()), /^HTTP\/1\.1 200 /);
    }
    assert.match(await exchange('ec', 's\nPOS', describeTasks().slice(3)), /^HTTP\/1\.1 200 /);
    assert.match(await exchange(serviceLine({ service: 'ecr.dkr' }) + getV2), /v2$/);
  });

  it('tell the VPC endpoint that they came by, as the agent has it', async () => {
    const by = { endpointId: 'vpce-0a', vpcId: 'vpc-0b', address: '10.0.0.9' };
    arrived.length = 0;
    const claim = ' by vpce-1 vpc-1 10.0.0.1';
    assert.match(await exchange(serviceLine({ service: 'ecs', by }) + describeTasks()), /^HTTP\/1\.1 200 /);
    await exchange(`${serviceLine({ service: 'ecs' })}ecs${claim}\n`);
    assert.deepEqual(arrived, [by, undefined]);
  });

  it('tell the address that the task has in the internet, as the agent has it', async () => {
    arrived.length = 0;
    const line = serviceLine({ service: 'ecs', sourceIp: '198.19.0.1' });
    assert.match(await exchange(line + describeTasks()), /^HTTP\/1\.1 200 /);
    await exchange(`${serviceLine({ service: 'ecs' })} from 10.0.0.1\n`);
    assert.deepEqual(arrived, ['198.19.0.1', undefined]);
    const registry = serviceLine({ service: 'ecr.dkr', sourceIp: '198.19.0.1' });
    assert.match(await exchange(registry + getV2), /v2198\.19\.0\.1$/);
  });

  it('reach a service by its paths, and by those of no other', async () => {
    const request =
      'GET /2015-02-01/file-systems HTTP/1.1\r\nhost: elasticfilesystem.us-east-1.amazonaws.com\r\nconnection: close\r\n\r\n';
    const answer = await exchange(serviceLine({ service: 'elasticfilesystem' }) + request);
    assert.match(answer, /^HTTP\/1\.1 200 [^]*\{"FileSystems":\[\]\}$/);
    const refusal = await exchange(serviceLine({ service: 'ecs' }) + request);
    assert.match(refusal, /^HTTP\/1\.1 404 [^]*UnknownOperationException/);
  });

  it('reach no other, whatever their headers say', async () => {
    const answer = await exchange(
      serviceLine({ service: 'logs' }) + describeTasks('x-neargate-service: ecs\r\n'),
    );
    assert.match(answer, /^HTTP\/1\.1 400 /);
    assert.match(answer, /UnknownOperationException/);
    assert.match(await exchange(serviceLine({ service: 'logs' }) + getV2), /^HTTP\/1\.1 404 /);
    assert.match(await exchange(serviceLine({ service: 'ecr.api' }) + getV2), /^HTTP\/1\.1 404 /);
    assert.match(
      await exchange(serviceLine({ service: 'logs' }) + `ecs\n${describeTasks()}`),
      /^HTTP\/1\.1 400 /,
    );
  });

  it('end when they do not begin with a service', async () => {
    for (const begin of [describeTasks(), '\n', 'ECS\n', `${'x'.repeat(100)}`]) {
      assert.equal(await exchange(begin), '', begin.slice(0, 10));
    }
  });

  it('speak TLS where the service does, with a certificate for the name or the address', async () => {
    const line = serviceLine({ service: 'ecs', secureAt: '198.18.0.10' });
    for (const name of ['ecs.us-east-1.amazonaws.com', undefined]) {
      const connection = connect(path);
      connection.write(line);
      const secure = await secured(connection, { name: name ?? '198.18.0.10', ca });
      secure.write(describeTasks());
      let received = '';
      for await (const chunk of secure) received += String(chunk);
      assert.match(received, /^HTTP\/1\.1 200 /, name);
    }
  });

  it('get no certificate for a name that no service of AWS has', async () => {
    const connection = connect(path);
    connection.write(serviceLine({ service: 'ecs', secureAt: '198.18.0.10' }));
    await assert.rejects(secured(connection, { name: 'example.com', ca }));
    connection.destroy();
  });

  it('are for nobody but the owner of the socket', async () => {
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });
});
