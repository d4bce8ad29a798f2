/** The front door where the machine lets a process have few files open. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { CreateClusterCommand, ListClustersCommand } from '@aws-sdk/client-ecs';
import { Neargate, PROGRAM } from '../support/neargate/instance.ts';

const OPEN_FILES = 400;

describe('A Neargate that may have few files open', () => {
  it('cuts off callers before it has none left, and serves those who are there', async (test) => {
    const directory = await mkdtemp(join(tmpdir(), 'neargate-'));
    test.after(() => rm(directory, { recursive: true }));
    const program = join(directory, 'neargate');
    await writeFile(program, `#!/bin/sh\nulimit -n ${OPEN_FILES} && exec '${PROGRAM}' "$@"\n`, {
      mode: 0o755,
    });
    const neargate = await Neargate.start({ program, flags: ['--fake', '--open', '--log-level', 'error'] });
    test.after(() => neargate.close());
    // Its client keeps this connection.
    await neargate.ecs.send(new CreateClusterCommand({ clusterName: 'before' }));

    const { port } = new URL(neargate.info.endpoint);
    const callers = Array.from({ length: OPEN_FILES }, () => connect(Number(port), '127.0.0.1'));
    test.after(() => callers.forEach((caller) => caller.destroy()));
    const cutOff = callers.map((caller) => isCutOff(caller));
    await Promise.race(cutOff);
    await neargate.ecs.send(new CreateClusterCommand({ clusterName: 'meanwhile' }));
    const held = (await readdir(`/proc/${neargate.pid}/fd`)).length;
    assert.ok(held < OPEN_FILES - 50, `${held} of ${OPEN_FILES} files are open`);

    for (const caller of callers) caller.destroy();
    await Promise.all(cutOff);
    const { clusterArns = [] } = await neargate.ecs.send(new ListClustersCommand({}));
    assert.equal(clusterArns.length, 2);
  });
});

/** Resolves when the connection has ended. */
async function isCutOff(caller: Socket): Promise<void> {
  caller.on('error', () => undefined);
  await once(caller.resume(), 'close');
}
