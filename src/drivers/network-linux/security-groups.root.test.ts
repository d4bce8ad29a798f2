import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { GroupPicture } from '../../domain/network/vpc.ts';
import { eniOf } from '../../ports/testing/task-network-suite.ts';
import { groupOf, pictureOf, portOf, ruleOf } from '../../ports/testing/vpc-picture.ts';
import { Bench, NET } from './testing/network-bench.ts';
import { IN_VAIN_MS, PORT, echo, pings } from './testing/talk.ts';
import { patient } from '../../ports/testing/patience.ts';

const skip = process.getuid?.() !== 0 && 'needs root';
const options = { skip, timeout: patient(60_000) };
const SG = (digit: number) => `sg-0000000000000000${digit}`;
const [A, B, C] = [`${NET}.16.4`, `${NET}.16.5`, `${NET}.16.6`];

/** Tasks a, b, c … with the groups of these numbers each. */
async function attachAll(bench: Bench, groups: readonly GroupPicture[], members: readonly number[][]) {
  const vpc = await bench.openVpc(1, { groups });
  for (const [index, digits] of members.entries()) {
    await bench.network.attach('abcde'[index] ?? '', {
      ...eniOf(vpc, index + 1),
      securityGroups: digits.map(SG),
    });
  }
  return {
    vpc,
    apply: (...changed: GroupPicture[]) => bench.network.applyVpc(pictureOf(vpc, { groups: changed })),
  };
}

describe('a security group', options, () => {
  it('admits what a rule of the receiver names, and nothing else', async (test) => {
    const bench = Bench.for(test);
    const groups = [groupOf(SG(1)), groupOf(SG(2), [portOf(PORT, { cidrs: [`${A}/32`] })])];
    await attachAll(bench, groups, [[1], [2], [1]]);
    for (const taskId of ['a', 'b']) await bench.listenIn(taskId);
    await bench.listen(bench.inTask('b'), B, PORT + 1);
    assert.equal(await bench.ask('a', B), `seen as ${A}`);
    await bench.askInVain('a', B, PORT + 1);
    await bench.askInVain('c', B);
    await bench.askInVain('b', A);
  });

  it('lets out what a rule of the sender names, and nothing else', async (test) => {
    const bench = Bench.for(test);
    const groups = [
      groupOf(SG(1), [], [portOf(PORT, { cidrs: [`${B}/32`] })]),
      groupOf(SG(2), [ruleOf()], []),
    ];
    await attachAll(bench, groups, [[1], [2], [2]]);
    for (const taskId of ['b', 'c']) await bench.listenIn(taskId);
    assert.equal(await bench.ask('a', B), `seen as ${A}`);
    await bench.askInVain('a', C);
    await bench.askInVain('b', C);
  });

  it('names its peers as ranges, also many that overlap, as those of prefix lists', async (test) => {
    const bench = Bench.for(test);
    const list = [`${NET}.16.0/30`, `${B}/32`, `${NET}.16.5/32`, '192.0.2.0/24', '192.0.2.128/25'];
    const rule = { protocol: '6', fromPort: PORT - 5, toPort: PORT + 5, cidrs: list };
    await attachAll(
      bench,
      [groupOf(SG(1), [ruleOf(rule)], [ruleOf({ cidrs: [`${NET}.0.0/16`] })])],
      [[1], [1], [1]],
    );
    await bench.listenIn('a');
    assert.equal(await bench.ask('b', A), `seen as ${B}`);
    await bench.askInVain('c', A);
  });

  it('names its peers as members of a group, in both directions', async (test) => {
    const bench = Bench.for(test);
    const groups = [
      groupOf(SG(1), [], [ruleOf({ groupIds: [SG(2)] })]),
      groupOf(SG(2), [portOf(PORT, { groupIds: [SG(1)] })]),
      groupOf(SG(3), [ruleOf()]),
    ];
    await attachAll(bench, groups, [[1], [2], [3]]);
    for (const taskId of ['b', 'c']) await bench.listenIn(taskId);
    assert.equal(await bench.ask('a', B), `seen as ${A}`);
    await bench.askInVain('a', C);
    await bench.askInVain('c', B);
  });

  it('has the members that there are now, and each has all its groups', async (test) => {
    const bench = Bench.for(test);
    const groups = [groupOf(SG(1)), groupOf(SG(2), [portOf(PORT, { groupIds: [SG(3)] })]), groupOf(SG(3))];
    const { vpc } = await attachAll(bench, groups, [[1], [1, 2]]);
    await bench.listenIn('b');
    await bench.askInVain('a', B);
    await bench.network.attach('c', { ...eniOf(vpc, 3), securityGroups: [SG(1), SG(3)] });
    assert.equal(await bench.ask('c', B), `seen as ${C}`);
    await bench.network.detach('c');
    await bench.network.attach('d', { ...eniOf(vpc, 3), securityGroups: [SG(1)] });
    await bench.askInVain('d', B);
  });

  it('lets answers pass that no rule names: of TCP, UDP', async (test) => {
    const bench = Bench.for(test);
    const groups = [groupOf(SG(1), [], [ruleOf()]), groupOf(SG(2), [ruleOf()], [])];
    await attachAll(bench, groups, [[1], [2]]);
    await bench.listenIn('b');
    await bench.answerDatagramsIn(bench.inTask('b'));
    assert.equal(await bench.ask('a', B), `seen as ${A}`);
    assert.equal(await bench.sendTo(bench.inTask('a'), B), `10 from ${A}`);
  });

  it('tells protocols apart', async (test) => {
    const bench = Bench.for(test);
    const udp = ruleOf({ protocol: '17', fromPort: PORT, toPort: PORT });
    await attachAll(bench, [groupOf(SG(1), [udp])], [[1], [1]]);
    await bench.listenIn('b');
    for (const port of [PORT, PORT + 1]) await bench.answerDatagramsIn(bench.inTask('b'), '0.0.0.0', port);
    assert.equal(await bench.sendTo(bench.inTask('a'), B), `10 from ${A}`);
    assert.equal(
      await bench.sendTo(bench.inTask('a'), B, { port: PORT + 1, patienceMs: IN_VAIN_MS }),
      undefined,
    );
    await bench.askInVain('a', B);
  });

  it('tells kinds of ICMP apart', async (test) => {
    const bench = Bench.for(test);
    const icmp = (type: number) => ruleOf({ protocol: '1', fromPort: type, toPort: -1 });
    const { apply } = await attachAll(bench, [groupOf(SG(1), [icmp(8)])], [[1], [1]]);
    assert.equal(await pings(bench.inTask('a'), B), true);
    await apply(groupOf(SG(1), [icmp(13), portOf(PORT)]));
    assert.equal(await pings(bench.inTask('a'), B, IN_VAIN_MS), false);
    await apply(groupOf(SG(1), [ruleOf({ protocol: '1' })]));
    assert.equal(await pings(bench.inTask('a'), B), true);
  });

  it('admits nothing when it is not there, or when an interface has none', async (test) => {
    const bench = Bench.for(test);
    await attachAll(bench, [groupOf(SG(1), [ruleOf()])], [[1], [9], []]);
    for (const taskId of ['a', 'b', 'c']) await bench.listenIn(taskId);
    for (const address of [B, C]) await bench.askInVain('a', address);
    for (const taskId of ['b', 'c']) await bench.askInVain(taskId, A);
  });

  it('changes under live traffic, and connections that it admitted go on', async (test) => {
    const bench = Bench.for(test);
    const [closed, opened] = [groupOf(SG(1)), groupOf(SG(1), [portOf(PORT)])];
    const { apply } = await attachAll(bench, [closed], [[1], [1]]);
    await bench.echoIn(bench.inTask('b'));
    await bench.askInVain('a', B);
    await apply(opened);
    const live = await bench.open(bench.inTask('a'), B);
    assert.equal(await echo(live, 'through'), 'through');
    // Other rules come and go meanwhile: nothing is lost.
    for (let round = 0; round < 10; round += 1) {
      const applying = apply(groupOf(SG(1), [portOf(PORT), ...(round % 2 === 0 ? [portOf(9)] : [])]));
      assert.equal(await echo(live, `round ${round}`), `round ${round}`);
      await applying;
    }
    await apply(closed);
    await bench.askInVain('a', B);
    // As on AWS: what is tracked is not asked again.
    assert.equal(await echo(live, 'still here'), 'still here');
  });

  it('knows nothing of the connections of an address that had another owner', async (test) => {
    const bench = Bench.for(test);
    const groups = [groupOf(SG(1), [ruleOf()]), groupOf(SG(2), [], [])];
    const { vpc } = await attachAll(bench, groups, [[1], [1]]);
    await bench.echoIn(bench.inTask('b'));
    await bench.open(bench.inTask('a'), B);
    await bench.open(bench.inTask('b'), B);
    assert.ok(bench.connectionsOf(bench.inVpc(vpc), A) > 0);
    await bench.network.detach('a');
    assert.equal(bench.connectionsOf(bench.inVpc(vpc), A), 0);
  });
});
