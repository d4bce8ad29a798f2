/** What every TaskCgroups does. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { hasKind } from '../../domain/errors.ts';
import type { TaskCgroups } from '../task-cgroups.ts';

export interface TaskCgroupsHarness {
  readonly cgroups: TaskCgroups;
  /** What the machine still has of any task of the suite. */
  leftovers(): Promise<string[]>;
  close(): Promise<void>;
}

const LIMITS = { cpuUnits: 256, memoryMiB: 512 };

/** Runs the suite as test cases under `name`. */
export function describeTaskCgroups(
  name: string,
  open: () => Promise<TaskCgroupsHarness>,
  options: { skip?: string | false } = {},
): void {
  describe(name, { skip: options.skip ?? false }, () => {
    let harness: TaskCgroupsHarness;
    before(async () => {
      harness = await open();
    });
    after(() => harness?.close());

    it('makes a cgroup that an OCI spec can name', async () => {
      const { cgroupsPath } = await harness.cgroups.create('task-a', LIMITS);
      assert.match(cgroupsPath, /^\/.+\/task-a$/);
      assert.deepEqual(await harness.cgroups.list(), ['task-a']);
      await harness.cgroups.remove('task-a');
    });

    it('makes the same one when repeated', async () => {
      const first = await harness.cgroups.create('task-b', LIMITS);
      const second = await harness.cgroups.create('task-b', LIMITS);
      assert.deepEqual(second, first);
      await harness.cgroups.remove('task-b');
      assert.deepEqual(await harness.cgroups.list(), []);
    });

    it('removes what is not there without complaint', async () => {
      await harness.cgroups.remove('task-c');
      await harness.cgroups.create('task-c', LIMITS);
      await harness.cgroups.remove('task-c');
      await harness.cgroups.remove('task-c');
    });

    it('has no figures of what is not there', async () => {
      const missing = harness.cgroups.figures('task-none', 'task-none-0000000001');
      await assert.rejects(missing, (error) => hasKind(error, 'not-found'));
    });

    it('makes and removes many at once', async () => {
      const ids = Array.from({ length: 20 }, (_, index) => `many-${index}`);
      await Promise.all(ids.map((id) => harness.cgroups.create(id, LIMITS)));
      assert.deepEqual((await harness.cgroups.list()).sort(), [...ids].sort());
      // Some go while others come: the parent must survive it.
      await Promise.all(ids.map((id) => harness.cgroups.remove(id)));
      assert.deepEqual(await harness.cgroups.list(), []);
    });

    for (const id of ['..', 'a/b', '', '../../etc']) {
      it(`refuses ${JSON.stringify(id)} as a task id`, async () => {
        await assert.rejects(harness.cgroups.create(id, LIMITS), (error) => hasKind(error, 'invalid'));
        await assert.rejects(harness.cgroups.remove(id), (error) => hasKind(error, 'invalid'));
      });
    }

    it('leaves nothing behind', async () => {
      assert.deepEqual(await harness.leftovers(), []);
    });
  });
}
