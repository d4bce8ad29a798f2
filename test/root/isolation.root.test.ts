/** Tasks that choose what keeps them from the machine, by a tag, side by side. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { hasCode } from '../support/neargate/api-error.ts';
import { ofTask, takeCensus } from '../support/neargate/census.ts';
import { Scene } from '../support/neargate/scene.ts';
import { fetchPage } from '../support/neargate/fetch-page.ts';

const KEY = 'neargate:runtime';

describe('The runtime of a task', () => {
  let scene: Scene;
  let hostKernel: string;

  before(async () => {
    hostKernel = (await readFile('/proc/version', 'utf8')).trim();
    scene = await Scene.start(['--runtimes', 'runc,gvisor']);
  });

  after(async () => {
    await scene?.close();
  });

  const probe = (tags: { key: string; value: string }[] = []): Promise<string> =>
    scene.register(
      [scene.container('probe', { command: ['cat', '/proc/version'] })],
      tags.length > 0 ? { tags } : {},
    );
  const kernel = async (arn: string): Promise<string | undefined> => {
    await scene.until(arn, 'STOPPED');
    assert.deepEqual(ofTask(await takeCensus(scene.neargate.dataDir), arn), []);
    return (await scene.output(arn, 'probe'))[0];
  };

  it('is the first of the setting, unless its tag or its definition’s says otherwise', async () => {
    const gvisor = [{ key: KEY, value: 'gvisor' }];
    const plain = await probe();
    const tagged = await probe(gvisor);
    const seen = await Promise.all([
      scene.run(plain).then(kernel),
      scene.run(plain, { tags: gvisor }).then(kernel),
      scene.run(tagged).then(kernel),
      scene.run(tagged, { tags: [{ key: KEY, value: 'runc' }] }).then(kernel),
    ]);
    assert.equal(seen[0], hostKernel);
    assert.notEqual(seen[1], hostKernel);
    assert.match(seen[1] ?? '', /^Linux version 4\.4\.0/, 'gVisor’s own kernel');
    assert.equal(seen[2], seen[1]);
    assert.equal(seen[3], hostKernel);
  });

  it('is refused when the setting does not name it', async () => {
    const tags = [{ key: KEY, value: 'io.containerd.kata.v2' }];
    await assert.rejects(scene.run(await probe(), { tags }), (error) =>
      hasCode(error, 'InvalidParameterException'),
    );
  });

  it('may sit beside another one on the same machine, and both reach each other over the VPC', async () => {
    const server = scene.container('web');
    const arn = await scene.run(await scene.register([server]));
    const address = Scene.address(await scene.until(arn, 'RUNNING'));
    await fetchPage(`http://${address}:8080/`);
    const client = scene.container('client', {
      command: [
        'sh',
        '-c',
        `for port in 8080 8081; do nc -w 30 ${address} $port < /dev/null > /dev/null 2>&1; echo $?; done`,
      ],
    });
    const other = await scene.run(await scene.register([client]), { tags: [{ key: KEY, value: 'gvisor' }] });
    await scene.until(other, 'STOPPED');
    assert.deepEqual(await scene.output(other, 'client'), ['0', '1']);
    await scene.stop(arn);
    await scene.until(arn, 'STOPPED');
  });
});
