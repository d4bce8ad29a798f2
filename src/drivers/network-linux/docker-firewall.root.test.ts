import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { type TestContext, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Bench, ip } from './testing/network-bench.ts';
import { PORT } from './testing/talk.ts';
import { patient } from '../../ports/testing/patience.ts';

const skip = process.getuid?.() !== 0 && 'needs root';
const CHILD = fileURLToPath(new URL('testing/one-task.js', import.meta.url));
/** What Docker's engine does to a machine: nothing is forwarded but by its rules, and it keeps a chain for others'. */
const DOCKER = ['-N DOCKER-USER', '-A DOCKER-USER -j RETURN', '-A FORWARD -j DOCKER-USER'];

/** A machine of its own: a namespace, with an outside behind it that answers. */
async function makeMachine(test: TestContext) {
  const bench = Bench.for(test);
  const name = `ng-test-${randomBytes(3).toString('hex')}`;
  const outside = `${name}-out`;
  for (const each of [name, outside]) {
    ip('netns', 'add', each);
    bench.later(() => ip('netns', 'del', each));
    ip('-n', each, 'link', 'set', 'lo', 'up');
  }
  ip('-n', name, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', outside);
  for (const [each, address] of [
    [name, '192.0.2.1/24'],
    [outside, '192.0.2.2/24'],
  ] as const) {
    ip('-n', each, 'addr', 'add', address, 'dev', 'eth0');
    ip('-n', each, 'link', 'set', 'eth0', 'up');
  }
  ip('-n', name, 'route', 'add', 'default', 'via', '192.0.2.2');
  await bench.listen((action) => bench.namespaces.insideNamed(outside, action), '192.0.2.2');
  const iptables = (rule: string): string =>
    execFileSync('ip', ['netns', 'exec', name, 'iptables', ...rule.split(' ')], { encoding: 'utf8' });
  const askFromTask = async (): Promise<string> => {
    const command = [
      `--net=/run/netns/${name}`,
      process.execPath,
      CHILD,
      bench.instance,
      '192.0.2.2',
      `${PORT}`,
    ];
    const child = spawn('nsenter', command, { stdio: ['ignore', 'pipe', 'inherit'] });
    return await text(child.stdout);
  };
  return { iptables, askFromTask };
}

describe("beside Docker's firewall", { skip, timeout: patient(60_000) }, () => {
  it('tasks reach the world, and its rules are as they were afterwards', async (test) => {
    const { iptables, askFromTask } = await makeMachine(test);
    iptables('-P FORWARD DROP');
    for (const rule of DOCKER) iptables(rule);
    const before = iptables('-S');
    assert.equal(await askFromTask(), 'seen as 192.0.2.1');
    assert.equal(iptables('-S'), before);
  });

  it('a rule that drops everything is felt where nobody keeps a chain for others', async (test) => {
    const { iptables, askFromTask } = await makeMachine(test);
    iptables('-P FORWARD DROP');
    assert.equal(await askFromTask(), 'no answer');
    iptables('-P FORWARD ACCEPT');
    assert.equal(await askFromTask(), 'seen as 192.0.2.1');
  });
});
