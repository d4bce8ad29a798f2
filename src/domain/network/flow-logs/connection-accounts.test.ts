import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ConnectionAccounts } from './connection-accounts.ts';
import type { ConnectionLook, FlowCounters, TcpLook } from './flow-observation.ts';

const A = '10.0.0.4';
const B = '10.0.0.5';

function look(
  original: FlowCounters,
  reply: FlowCounters,
  over: Partial<ConnectionLook> = {},
): ConnectionLook {
  return {
    type: 'connection',
    id: '1',
    protocol: 6,
    original: { sourceAddress: A, sourcePort: 1, destinationAddress: B, destinationPort: 2, ...original },
    reply: { sourceAddress: B, sourcePort: 2, destinationAddress: A, destinationPort: 1, ...reply },
    startedAt: 1_000,
    ...over,
  };
}

const count = (packets: number, bytes = packets * 100): FlowCounters => ({ packets, bytes });
const tcp = (state: TcpLook['state'], closedBy?: TcpLook['closedBy']) => ({
  tcp: { state, ...(closedBy !== undefined && { closedBy }) },
});

describe('accounts of connections', () => {
  it('give what is new, and nothing when nothing is', () => {
    const accounts = new ConnectionAccounts();
    const first = accounts.take(look(count(3), count(2)));
    assert.deepEqual([first?.original.packets, first?.reply.bytes], [3, 200]);
    assert.equal(accounts.take(look(count(3), count(2))), undefined);
    const second = accounts.take(look(count(5), count(2)));
    assert.deepEqual([second?.original.packets, second?.reply.packets], [2, 0]);
  });

  it('leave out what was before they began', () => {
    const accounts = new ConnectionAccounts();
    accounts.begin(look(count(30), count(20)));
    assert.equal(accounts.take(look(count(31), count(20)))?.original.packets, 1);
  });

  it('are closed by the end of the connection, with its last counters', () => {
    const accounts = new ConnectionAccounts();
    accounts.take(look(count(3), count(2)));
    const last = accounts.take(look(count(4), count(2), { endedAt: 5_000 }));
    assert.deepEqual([last?.original.packets, last?.endedAt], [1, 5_000]);
    assert.equal(accounts.size, 0);
  });

  it('are dropped when the connection is not seen in two looks', () => {
    const accounts = new ConnectionAccounts();
    accounts.take(look(count(3), count(2)));
    accounts.lookEnded();
    assert.equal(accounts.size, 1);
    accounts.lookEnded();
    assert.equal(accounts.size, 0);
  });

  const flags = [
    ['one that opens', [look(count(1), count(0), tcp('opening'))], [[2, 0]]],
    ['one that is open', [look(count(2), count(1), tcp('established'))], [[2, 18]]],
    [
      'one that was open already',
      [look(count(2), count(1), tcp('established')), look(count(4), count(3), tcp('established'))],
      [
        [2, 18],
        [0, 0],
      ],
    ],
    [
      'one that closes, one side after the other',
      [
        look(count(2), count(1), tcp('established')),
        look(count(3), count(2), tcp('half-closed', 'original')),
        look(count(4), count(3), tcp('closed')),
      ],
      [
        [2, 18],
        [1, 0],
        [0, 1],
      ],
    ],
    ['one that came and went', [look(count(5), count(4), tcp('closed'))], [[3, 19]]],
    ['one that was refused', [look(count(1), count(1), tcp('reset'))], [[2, 4]]],
    [
      'one that is broken off by its sender',
      [look(count(2), count(1), tcp('established')), look(count(3), count(1), tcp('reset'))],
      [
        [2, 18],
        [4, 0],
      ],
    ],
    ['one without flags', [look(count(1), count(1))], [[0, 0]]],
  ] as const;
  for (const [what, looks, expected] of flags) {
    it(`tell TCP's flags of ${what}`, () => {
      const accounts = new ConnectionAccounts();
      const deltas = looks.map((each) => accounts.take(each));
      assert.deepEqual(
        deltas.map((delta) => [delta?.original.tcpFlags, delta?.reply.tcpFlags]),
        expected,
      );
    });
  }

  it('give all that was sent, whenever one looks', () => {
    const growth = fc.record({ sent: fc.nat(1_000), got: fc.nat(1_000) });
    fc.assert(
      fc.property(fc.array(growth, { minLength: 1 }), (steps) => {
        const accounts = new ConnectionAccounts();
        let [sent, got, sentSum, gotSum] = [0, 0, 0, 0];
        for (const step of steps) {
          sent += step.sent;
          got += step.got;
          const delta = accounts.take(look(count(sent), count(got)));
          sentSum += delta?.original.bytes ?? 0;
          gotSum += delta?.reply.bytes ?? 0;
        }
        assert.deepEqual([sentSum, gotSum], [sent * 100, got * 100]);
      }),
    );
  });
});
