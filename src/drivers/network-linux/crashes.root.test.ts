import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { eniOf } from '../../ports/testing/task-network-suite.ts';
import { pictureOf } from '../../ports/testing/vpc-picture.ts';
import { LinuxTaskNetwork } from './linux-task-network.ts';
import { Bench, NET, PUBLIC_NET, ip } from './testing/network-bench.ts';
import { patient } from '../../ports/testing/patience.ts';

const skip = process.getuid?.() !== 0 && 'needs root';
const ROUNDS = 6;
const CHILD = fileURLToPath(new URL('testing/attach-until-killed.js', import.meta.url));

describe('a machine whose agent was killed in the middle', { skip, timeout: patient(120_000) }, () => {
  it('is as it should be after the next one’s start, and clean in the end', async (test) => {
    const bench = Bench.for(test);
    const vpcs = [bench.vpc(1), bench.vpc(2)];
    const names = vpcs.map(({ vpcId, cidr }) => `${vpcId},${cidr}`);
    for (let round = 0; round < ROUNDS; round += 1) {
      const child = spawn(process.execPath, [CHILD, bench.instance, PUBLIC_NET, ...names], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exited = once(child, 'exit');
      try {
        await once(child.stdout, 'data', { signal: AbortSignal.timeout(patient(20_000)) });
        await sleep(randomInt(150));
      } finally {
        child.kill('SIGKILL');
        await exited;
      }
      const next = new LinuxTaskNetwork({ instance: bench.instance, publicCidr: `${PUBLIC_NET}.0/24` });
      try {
        for (const vpc of vpcs) await next.applyVpc(pictureOf(vpc));
        for (const taskId of await next.listAttached()) await next.detach(taskId);
        // All addresses are free, and lead to who has them now.
        for (const [index, vpc] of vpcs.entries()) {
          for (const number of [1, 2, 3, 4]) await next.attach(`next-${index}-${number}`, eniOf(vpc, number));
          await bench.listenIn(`next-${index}-1`);
          assert.equal(await bench.ask(`next-${index}-4`, `${NET}.16.4`), `seen as ${NET}.16.7`);
        }
        for (const taskId of await next.listAttached()) await next.detach(taskId);
        if (round % 2 === 0) for (const vpc of vpcs) await next.removeVpc(vpc.vpcId);
      } finally {
        await next.close();
      }
      if (round % 2 === 0) assert.deepEqual(bench.leftovers(), []);
    }
  });

  it('has its interface back when the VPC’s end had been made and no more', async (test) => {
    const bench = Bench.for(test);
    const vpc = await bench.openVpc(1);
    await bench.network.attach('a', eniOf(vpc, 1));
    const name = bench.names.vpcNamespace(vpc.vpcId);
    const own = bench.vpcEndOfTask('a');
    // As after the first request of several: nobody's, without a route.
    ip('-n', name, 'route', 'del', `${NET}.16.4/32`);
    ip('-n', name, 'link', 'set', own, 'alias', '');
    ip('netns', 'del', bench.names.taskNamespace('a'));
    await bench.network.applyVpc(pictureOf(vpc));
    await bench.network.attach('a', eniOf(vpc, 1));
    await bench.network.attach('b', eniOf(vpc, 2));
    await bench.listenIn('a');
    assert.equal(await bench.ask('b', `${NET}.16.4`), `seen as ${NET}.16.5`);
  });
});
