import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Namespaces } from '../namespace.ts';
import { bindUdp } from '../sockets.ts';
import { connectionsAt } from './conntrack.ts';
import { ConntrackSocket } from './conntrack-socket.ts';
import { setLinkUp } from './links.ts';
import { RouteSocket } from './route-socket.ts';
import { patient } from '../../ports/testing/patience.ts';

const skip = process.getuid?.() !== 0 && 'needs root';
const TRACKING = 'table ip t { chain c { type filter hook input priority 0; ct state new accept; }; }';
const LOOPBACK_INDEX = 1;

describe('ConntrackSocket', { skip, timeout: patient(30_000) }, () => {
  for (const way of ['forget', 'forgetOneByOne'] as const) {
    it(`takes out what an address has, and nothing else (${way})`, async (test) => {
      const namespaces = new Namespaces();
      const namespace = namespaces.create();
      const within = <T>(action: () => T): T => namespaces.inside(namespace, action);
      const socket = within(() => new ConntrackSocket());
      test.after(() => {
        socket.close();
        closeSync(namespace);
        namespaces.close();
      });
      within(() => {
        const routes = new RouteSocket();
        routes.request(setLinkUp(LOOPBACK_INDEX));
        routes.close();
        execFileSync('nft', ['-f', '-'], { input: TRACKING });
      });
      const sender = await bindUdp(within, '127.0.0.1', 0);
      test.after(() => sender.close());
      const send = (address: string, port: number): Promise<void> =>
        new Promise((resolve) => sender.send('hello', port, address, () => resolve()));
      // More than the kernel answers in one message.
      for (let port = 1; port <= 300; port += 1) await send('127.0.0.2', port);
      await send('127.0.0.3', 9);
      const count = (address: string): number =>
        socket.query(connectionsAt({ side: 'original', end: 'destination', address })).length;
      assert.deepEqual([count('127.0.0.2'), count('127.0.0.3')], [300, 1]);
      await socket[way]({ side: 'reply', end: 'source', address: '127.0.0.2' });
      assert.deepEqual([count('127.0.0.2'), count('127.0.0.3')], [0, 1]);
      await socket[way]({ side: 'original', end: 'source', address: '127.0.0.1' });
      assert.deepEqual([count('127.0.0.2'), count('127.0.0.3')], [0, 0]);
    });
  }
});
