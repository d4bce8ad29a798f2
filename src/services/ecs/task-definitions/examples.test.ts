/** The task definitions of docs/examples are what RegisterTaskDefinition and RunTask take, to the last member. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { RegisterTaskDefinitionRequest } from '@aws-sdk/client-ecs';
import { aRunTask, EcsUnderTest } from '../../../../test/support/ecs/ecs-under-test.ts';

const DIRECTORY = new URL('../../../../../docs/examples/', import.meta.url);
const FILES = readdirSync(DIRECTORY).filter((name) => name.endsWith('.json'));

/** All that the file has is in the definition: the schema drops misspelt members without a word. */
function assertKept(given: unknown, kept: unknown, path: string): void {
  if (typeof given !== 'object' || given === null) {
    assert.equal(kept, given, path);
    return;
  }
  for (const [name, value] of Object.entries(given)) {
    assertKept(value, (kept as Record<string, unknown> | undefined)?.[name], `${path}.${name}`);
  }
}

describe('The task definitions of docs/examples', () => {
  for (const file of FILES) {
    it(`register and run: ${file}`, async () => {
      const ecs = new EcsUnderTest();
      const text = readFileSync(new URL(file, DIRECTORY), 'utf8');
      const given = JSON.parse(text) as RegisterTaskDefinitionRequest;
      await ecs.call('CreateCluster', {});
      const { taskDefinition } = await ecs.call('RegisterTaskDefinition', given);
      assertKept(given, taskDefinition, file);
      const task = await ecs.run(aRunTask({ taskDefinition: given.family ?? '' }));
      assert.equal(task.platformVersion, '1.4.0');
      assert.deepEqual(
        task.containers?.map(({ name }) => name),
        given.containerDefinitions?.map(({ name }) => name),
      );
    });
  }

  it('are all in the index of documents', () => {
    const index = readFileSync(new URL('../README.md', DIRECTORY), 'utf8');
    const named = [...index.matchAll(/\(examples\/([^)]+)\)/g)].map(([, name]) => name ?? '');
    assert.deepEqual(named.toSorted(), FILES.toSorted());
  });
});
