import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasKind } from '../../domain/errors.ts';
import { eniOf } from '../../ports/testing/task-network-suite.ts';
import { OPEN_GROUP_ID, groupOf, pictureOf, ruleOf } from '../../ports/testing/vpc-picture.ts';
import { LinuxTaskNetwork } from './linux-task-network.ts';
import { Bench, NET, nft, publicAddress } from './testing/network-bench.ts';
import { patient } from '../../ports/testing/patience.ts';

const skip = process.getuid?.() !== 0 && 'needs root';
const options = { skip, timeout: patient(60_000) };
const SG = (digit: number) => `sg-0000000000000000${digit}`;

describe('the tables of a VPC', options, () => {
  it('are the same whether an interface came to them or they were loaded with it', async (test) => {
    const bench = Bench.for(test);
    const vpc = bench.vpc(1);
    const picture = pictureOf(vpc, {
      groups: [groupOf(SG(1), [ruleOf({ groupIds: [SG(2)] })]), groupOf(SG(2))],
    });
    await bench.network.applyVpc(picture);
    const before = bench.tablesOf(vpc);
    const securityGroups = [SG(1), SG(2), SG(3)];
    await bench.network.attach('a', {
      ...eniOf(vpc, 1),
      securityGroups,
      publicIpv4Address: publicAddress(1),
    });
    await bench.network.attach('b', { ...eniOf(vpc, 2), securityGroups: [SG(1)] });
    const grown = bench.tablesOf(vpc);
    const later = new LinuxTaskNetwork({ instance: bench.instance });
    await later.applyVpc(picture);
    assert.deepEqual(bench.tablesOf(vpc), grown);
    await later.detach('a');
    await later.detach('b');
    await later.applyVpc(picture);
    await later.close();
    assert.deepEqual(bench.tablesOf(vpc), before);
  });

  it('stay as they were when nft refuses what is asked for, whose words are told', async (test) => {
    const bench = Bench.for(test);
    const vpc = await bench.openVpc(1);
    await bench.network.attach('a', eniOf(vpc, 1));
    await bench.network.attach('b', eniOf(vpc, 2));
    await bench.listenIn('b');
    const before = bench.tablesOf(vpc);
    const groups = [groupOf(OPEN_GROUP_ID, [ruleOf({ protocol: 'carrier-pigeon' })])];
    await assert.rejects(bench.network.applyVpc(pictureOf(vpc, { groups })), (error) => {
      return hasKind(error, 'unavailable') && /^nft failed: .*carrier-pigeon/s.test(error.message);
    });
    assert.deepEqual(bench.tablesOf(vpc), before);
    assert.equal(await bench.ask('a', `${NET}.16.5`), `seen as ${NET}.16.4`);
    await bench.network.applyVpc(pictureOf(vpc));
    await bench.network.attach('c', eniOf(vpc, 3));
    assert.equal(await bench.ask('c', `${NET}.16.5`), `seen as ${NET}.16.6`);
  });

  it('are loaded anew where somebody has emptied them', async (test) => {
    const bench = Bench.for(test);
    const vpc = await bench.openVpc(1);
    await bench.network.attach('a', eniOf(vpc, 1));
    const before = bench.tablesOf(vpc);
    nft(bench.names.vpcNamespace(vpc.vpcId), 'flush ruleset');
    await bench.network.attach('b', eniOf(vpc, 2));
    await bench.listenIn('b');
    assert.equal(await bench.ask('a', `${NET}.16.5`), `seen as ${NET}.16.4`);
    await bench.network.detach('b');
    await bench.network.applyVpc(pictureOf(vpc));
    assert.deepEqual(bench.tablesOf(vpc), before);
  });
});
