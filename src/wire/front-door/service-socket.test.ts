import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  openFrontDoor,
  SAMPLE_TARGET_PREFIX,
  sampleServices,
  type TrivialFrontDoor,
} from '../../../test/support/trivial-front-door.ts';
import { listenForTasks, type ServiceSocket, serviceLine } from './service-socket.ts';

describe('connections of tasks', () => {
  let front: TrivialFrontDoor;
  let socket: ServiceSocket;
  let path: string;
  before(async () => {
    path = join(await mkdtemp(join(tmpdir(), 'neargate-')), 'services.sock');
    front = await openFrontDoor(sampleServices({ contexts: [], waiting: [] }), {
      open: true,
      routes: [
        { pathPrefix: '/v2/', service: 'ecr.dkr', handle: (_request, response) => response.end('v2') },
      ],
    });
    socket = await listenForTasks(path, (connection, service) =>
      front.door.acceptSocket(connection, service),
    );
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
      assert.match(await exchange(serviceLine(service) + describeTasks()), /^HTTP\/1\.1 200 /);
    }
    assert.match(await exchange('ec', 's\nPOS', describeTasks().slice(3)), /^HTTP\/1\.1 200 /);
    assert.match(await exchange(serviceLine('ecr.dkr') + getV2), /v2$/);
  });

  it('reach no other, whatever their headers say', async () => {
    const answer = await exchange(serviceLine('logs') + describeTasks('x-neargate-service: ecs\r\n'));
    assert.match(answer, /^HTTP\/1\.1 400 /);
    assert.match(answer, /UnknownOperationException/);
    assert.match(await exchange(serviceLine('logs') + getV2), /^HTTP\/1\.1 404 /);
    assert.match(await exchange(serviceLine('ecr.api') + getV2), /^HTTP\/1\.1 404 /);
    assert.match(await exchange(serviceLine('logs') + `ecs\n${describeTasks()}`), /^HTTP\/1\.1 400 /);
  });

  it('end when they do not begin with a service', async () => {
    for (const begin of [describeTasks(), '\n', 'ECS\n', `${'x'.repeat(100)}`]) {
      assert.equal(await exchange(begin), '', begin.slice(0, 10));
    }
  });

  it('are for nobody but the owner of the socket', async () => {
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });
});
