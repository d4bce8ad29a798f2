import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { aContainer, anAssignment } from '../../../test/support/agent/assignments.ts';
import { silentLogger } from '../../../test/support/agent/silent-logger.ts';
import { AppError } from '../../domain/errors.ts';
import { faultRoute } from '../../domain/metadata/routes.ts';
import { FakeNetworkFaults } from '../../drivers/network-fake/fake-network-faults.ts';
import { ManualClock } from '../../ports/testing/manual-clock.ts';
import { newFacts } from '../runner/facts.ts';
import { FaultInjection } from './fault-injection.ts';

const HOLE = '{"Port":80,"Protocol":"tcp","TrafficType":"egress"}';
const LATE = '{"DelayMilliseconds":100,"JitterMilliseconds":10,"Sources":["10.0.0.1"]}';
const LOST = '{"LossPercent":10,"Sources":["10.0.0.1"]}';
const SECONDS_A_REQUEST = 5;

describe('fault injection', () => {
  let clock: ManualClock;
  const assignment = anAssignment([aContainer('web')], { enableFaultInjection: true });
  const { taskId, taskArn } = assignment;
  const facts = newFacts(assignment, { hex: () => '1'.padStart(16, '0'), uuid: () => 'id' });
  const [container = assert.fail()] = facts.containers;
  let injection: FaultInjection;
  const open = (
    changes: Partial<typeof assignment> = {},
    faults?: Partial<FakeNetworkFaults>,
  ): FaultInjection => {
    const networkFaults = new FakeNetworkFaults({ listAttached: async () => [taskId] });
    return new FaultInjection(
      { assignment: { ...assignment, ...changes }, facts: () => facts },
      {
        clock,
        logger: silentLogger,
        networkFaults: {
          running: (id) => networkFaults.running(id),
          start: (id, fault) => networkFaults.start(id, fault),
          stop: (id, name) => networkFaults.stop(id, name),
          ...faults,
        },
      },
      new AbortController().signal,
    );
  };
  beforeEach(() => {
    clock = new ManualClock();
    injection = open();
  });

  /** The status and the body of the answer; five seconds later the next may be asked. */
  const post = async (path: string, body = '', id = container.runtimeId): Promise<[number, unknown]> => {
    const route = faultRoute(`/api/${id}/fault/v1/${path}`) ?? assert.fail(path);
    const answer = await injection.answer(route, 'POST', async () => body);
    clock.advance(SECONDS_A_REQUEST * 1000);
    return [answer.status, JSON.parse(answer.body)];
  };
  const said = (Status: string): [number, object] => [200, { Status }];

  it('starts black holes, tells them apart, and ends them', async () => {
    const udp = HOLE.replace('tcp', 'udp');
    assert.deepEqual(await post('network-blackhole-port/status', HOLE), said('not-running'));
    assert.deepEqual(await post('network-blackhole-port/start', HOLE), said('running'));
    assert.deepEqual(await post('network-blackhole-port/start', HOLE), said('running'));
    assert.deepEqual(await post('network-blackhole-port/status', HOLE), said('running'));
    assert.deepEqual(await post('network-blackhole-port/status', udp), said('not-running'));
    assert.deepEqual(await post('network-blackhole-port/stop', HOLE), said('stopped'));
    assert.deepEqual(await post('network-blackhole-port/status', HOLE), said('not-running'));
    assert.deepEqual(await post('network-blackhole-port/stop', HOLE), said('stopped'));
  });

  it('has one of latency and packet loss at a time', async () => {
    assert.deepEqual(await post('network-latency/start', LATE), said('running'));
    const conflict = [409, { Error: 'There is already one network latency fault running' }];
    assert.deepEqual(await post('network-latency/start', LATE), conflict);
    assert.deepEqual(await post('network-packet-loss/start', LOST), conflict);
    assert.deepEqual(await post('network-packet-loss/stop'), said('stopped'));
    assert.deepEqual(await post('network-latency/status'), said('running'));
    assert.deepEqual(await post('network-latency/stop'), said('stopped'));
    assert.deepEqual(await post('network-packet-loss/start', LOST), said('running'));
    const other = [409, { Error: 'There is already one network packet loss fault running' }];
    assert.deepEqual(await post('network-latency/start', LATE), other);
    assert.deepEqual(await post('network-packet-loss/status'), said('running'));
  });

  it('is only for tasks whose definition has it, of their own containers, by POST', async () => {
    injection = open({ enableFaultInjection: false });
    const notEnabled = [400, { Error: `enableFaultInjection is not enabled for task: ${taskArn}` }];
    assert.deepEqual(await post('network-latency/status'), notEnabled);
    assert.deepEqual(await post('network-blackhole-port/start'), [
      400,
      { Error: 'required request body is missing' },
    ]);
    const words = 'unable to get task arn from request: unable to get task Arn from v3 endpoint ID: other';
    assert.deepEqual(await post('network-latency/stop', '', 'other'), [404, { Error: words }]);
    const route = faultRoute('/api/x/fault/v1/network-latency/stop') ?? assert.fail();
    const other = await injection.answer(route, 'GET', () => assert.fail('not read'));
    assert.deepEqual([other.status, other.body], [405, '']);
    assert.equal(faultRoute('/api/x/fault/v1/network-latency/pause'), undefined);
    assert.equal(faultRoute('/api/x/fault/v1/disk-full/start'), undefined);
  });

  it('may be asked once in five seconds by each path', async () => {
    const route = faultRoute(`/api/${container.runtimeId}/fault/v1/network-latency/status`) ?? assert.fail();
    const ask = async (asked = route) => (await injection.answer(asked, 'POST', async () => '')).status;
    assert.deepEqual([await ask(), await ask()], [200, 429]);
    assert.equal(await ask({ ...route, operation: 'stop' }), 200);
    clock.advance(SECONDS_A_REQUEST * 1000);
    const { status, body } = await injection.answer(route, 'POST', async () => '');
    assert.equal(status, 200, body);
    const again = await injection.answer(route, 'POST', async () => '');
    assert.equal(again.body, 'You have reached maximum request limit');
  });

  it('says so when the kernel cannot do it, or takes too long', async () => {
    injection = open({}, { start: () => Promise.reject(new AppError('unavailable', 'tc failed')) });
    assert.deepEqual(await post('network-latency/start', LATE), [500, { Error: 'internal error' }]);
    injection = open({}, { running: () => new Promise(() => undefined) });
    const waiting = post('network-latency/status');
    clock.advance(SECONDS_A_REQUEST * 1000);
    assert.deepEqual(await waiting, [500, { Error: 'check status network-latency: request timed out' }]);
  });
});
