import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { describe, it } from 'node:test';
import {
  openFrontDoor,
  SAMPLE_TARGET_PREFIX,
  sampleServices,
} from '../../../test/support/trivial-front-door.ts';

describe('connections that somebody else accepted', () => {
  it('are served, also the paths and hosts of others, and end with the front door', async () => {
    const { door } = await openFrontDoor([], {
      allowedHosts: ['files.test'],
      routes: [
        {
          pathPrefix: '/',
          host: (host) => host === 'files.test',
          handle: (_request, response) => response.end('file'),
        },
        { pathPrefix: '/console/', handle: (_request, response) => response.end('page') },
      ],
    });
    const listener = createServer((socket) => door.acceptSocket(socket)).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const address = listener.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const socket = connect(port, '127.0.0.1').setEncoding('utf8');
    try {
      for (const [path, host, expected] of [
        ['/_neargate/health', 'localhost', '{"status":"ok"}'],
        ['/console/index.html', 'localhost', 'page'],
        ['/console/index.html', 'files.test', 'file'],
        ['/a', 'localhost', 'UnknownOperationException'],
      ] as const) {
        socket.write(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
        let received = '';
        while (!received.includes(expected)) received += String((await once(socket, 'data'))[0]);
      }
      const closed = once(socket, 'close');
      await door.close(20);
      await closed;
    } finally {
      socket.destroy();
      listener.close();
    }
  });
});

describe('closing the front door', () => {
  it('ends idle connections at once and cuts off handlers after the grace', async () => {
    const waiting: (() => void)[] = [];
    const { door, port } = await openFrontDoor(sampleServices({ contexts: [], waiting }), { open: true });
    const idle = connect(port, '127.0.0.1');
    await once(idle, 'connect');
    const busy = connect(port, '127.0.0.1');
    const started = new Promise<void>((resolve) => waiting.push(resolve));
    busy.write(
      `POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-amz-json-1.1\r\nx-amz-target: ${SAMPLE_TARGET_PREFIX}.DeleteCluster\r\ncontent-length: 15\r\n\r\n{"cluster":"c"}`,
    );
    await started;
    const ended = Promise.all([idle, busy].map((socket) => once(socket.resume(), 'close')));
    await door.close(20);
    await ended;
  });
});
