import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, readdir } from 'node:fs/promises';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { patient } from '../../ports/testing/patience.ts';

/** From dist/src/cli/demo/. */
const PROGRAM = fileURLToPath(new URL('../../../../bin/neargate', import.meta.url));
const TIMEOUT_MS = patient(120_000);

const noRegistry = await access('/usr/bin/docker-registry').then(
  () => false,
  () => 'docker-registry is not installed',
);

interface Demo {
  readonly child: ChildProcess;
  /** What it has printed by now. */
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

function startDemo(t: TestContext): Demo {
  const child = spawn(PROGRAM, ['demo'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
  }
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  t.after(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await ended;
  });
  return { child, output: () => text, ended };
}

async function untilPrinted({ child, output }: Demo, text: string): Promise<void> {
  while (!output().includes(text)) {
    assert.equal(child.exitCode, null, output());
    assert.ok(child.stdout);
    await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  }
}

async function demosLeft(pid: number | undefined): Promise<string[]> {
  return (await readdir('/var/lib')).filter((name) => name.startsWith(`neargate-demo-${pid}-`));
}

describe('neargate demo', { skip: noRegistry, timeout: TIMEOUT_MS }, () => {
  it('shows a task from beginning to end, and that nothing is left', async (t) => {
    const demo = startDemo(t);
    assert.equal(await demo.ended, 0, demo.output());
    const wanted = [
      /arn:aws:ecs:us-east-1:000000000000:cluster\/demo\n/,
      /\+\d+ ms {2}PROVISIONING\n.*\+\d+ ms {2}RUNNING\n/s,
      /createdAt \+0 ms, .*startedAt \+\d+ ms/,
      /client: exit code 0; the task goes on RUNNING/,
      /GET http:\/\/[\d.]+:8080\/ -> 200 <p>Hello from a Fargate task\.<\/p>/,
      /web {4}\| serving \/www on port 8080\n/,
      /client \| fetched http:\/\/localhost:8080\/\n/,
      /client \| \d+: eth1@\S+ .* mtu 9001 /,
      /UserInitiated: The demo is over\n/,
      /✔ Nothing of the task is left on this machine/,
      /✔ Nothing of Neargate is left on this machine/,
      /\nAll of it was true\.\n$/,
    ];
    for (const pattern of wanted) assert.match(demo.output(), pattern);
    assert.deepEqual(await demosLeft(demo.child.pid), []);
  });

  it('removes everything when it is interrupted while the task runs', async (t) => {
    const demo = startDemo(t);
    await untilPrinted(demo, ' RUNNING\n');
    demo.child.kill('SIGINT');
    assert.equal(await demo.ended, 130, demo.output());
    assert.deepEqual(await demosLeft(demo.child.pid), []);
  });
});
