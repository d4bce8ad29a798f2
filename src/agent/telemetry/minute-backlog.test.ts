import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { MinuteBatch, TaskMinute } from '../../domain/telemetry/task-minute.ts';
import { MinuteBacklog } from './minute-backlog.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 1);

const tasks = (minute: number, count = 1): TaskMinute[] =>
  Array.from({ length: count }, (_, index) => ({
    ...{ taskId: `t${index}`, taskArn: 'arn', at: START + minute * MINUTE, containers: [] },
  }));

describe('The backlog of minutes', () => {
  it('tells one batch at a time, the next when the last is on record', () => {
    const backlog = new MinuteBacklog({ run: 'r' });
    const sent: MinuteBatch[] = [];
    backlog.add(tasks(1));
    backlog.add(tasks(2));
    backlog.connected((batch) => sent.push(batch));
    assert.deepEqual(
      sent.map(({ run, number }) => [run, number]),
      [['r', 1]],
    );
    backlog.acknowledged(1);
    backlog.acknowledged(1);
    backlog.acknowledged(2);
    assert.deepEqual(
      sent.map(({ number }) => number),
      [1, 2],
    );
    assert.equal(backlog.length, 0);
  });

  it('tells again what was not heard: on the next connection, and with the next minute', () => {
    const backlog = new MinuteBacklog({ run: 'r' });
    const sent: number[] = [];
    backlog.connected(({ number }) => sent.push(number));
    backlog.add(tasks(1));
    backlog.add(tasks(2));
    backlog.disconnected();
    backlog.add(tasks(3));
    backlog.connected(({ number }) => sent.push(number));
    assert.deepEqual(sent, [1, 1, 1]);
  });

  it('parts many tasks into batches', () => {
    const backlog = new MinuteBacklog({ run: 'r' });
    backlog.add(tasks(1, 120));
    assert.equal(backlog.length, 3);
  });

  it('gives up what was not heard for an hour, and the oldest of too much', () => {
    const backlog = new MinuteBacklog({ run: 'r', limit: 100 });
    for (let minute = 1; minute <= 100; minute += 1) backlog.add(tasks(minute));
    assert.equal(backlog.length, 61);
    backlog.add(tasks(101, 90));
    backlog.connected(({ tasks: [first] }) => assert.equal(first?.at, START + 91 * MINUTE));
    assert.equal(backlog.length, 12);
  });

  it('loses and doubles nothing at who writes each number once, over any link', () => {
    const event = fc.oneof(
      fc.constant({ type: 'minute' as const }),
      fc.constant({ type: 'cut' as const }),
      fc.constant({ type: 'connect' as const }),
      fc.constant({ type: 'hear' as const }),
      fc.record({ type: fc.constant('answer' as const), lost: fc.boolean() }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 120 }), (events) => {
        const backlog = new MinuteBacklog({ run: 'r' });
        let [way, answers]: [MinuteBatch[], number[]] = [[], []];
        const written: number[] = [];
        let [last, minute] = [0, 0];
        const hear = (): void => {
          const batch = way.shift();
          if (batch === undefined) return;
          // As the control plane does it: the number that was written last is on record.
          if (batch.number > last) {
            assert.equal(batch.number, last + 1, 'nothing is left out');
            written.push(batch.tasks[0]?.at ?? 0);
            last = batch.number;
          }
          answers.push(batch.number);
        };
        const answer = (lost: boolean): void => {
          const number = answers.shift();
          if (number !== undefined && !lost) backlog.acknowledged(number);
        };
        for (const one of events) {
          if (one.type === 'minute') backlog.add(tasks((minute += 1)));
          if (one.type === 'connect') backlog.connected((batch) => way.push(batch));
          if (one.type === 'cut') {
            backlog.disconnected();
            [way, answers] = [[], []];
          }
          if (one.type === 'hear') hear();
          if (one.type === 'answer') answer(one.lost);
        }
        [way, answers] = [[], []];
        backlog.connected((batch) => way.push(batch));
        while (way.length > 0) {
          hear();
          answer(false);
        }
        assert.deepEqual(
          written,
          Array.from({ length: minute }, (_, index) => START + (index + 1) * MINUTE),
        );
        assert.equal(backlog.length, 0);
      }),
    );
  });
});
