import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { hasKind } from '../../domain/errors.ts';
import { MountPlaces } from './mount-places.ts';

async function somewhere(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'ng-places-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

describe('MountPlaces', () => {
  it('gives each volume of each task a place that only root can enter, and finds it again', async (t) => {
    const directory = join(await somewhere(t), 'mounts');
    const places = new MountPlaces(directory);
    assert.deepEqual(await places.list(), []);
    const wanted = [places.of('task1', 'data'), places.of('task1', 'da.ta'), places.of('task2', 'data')];
    for (const [index, place] of wanted.entries()) await places.make(place, { index });
    const again = new MountPlaces(directory);
    assert.deepEqual((await again.list()).toSorted(), ['task1', 'task2']);
    const byPath = (one: { path: string }, other: { path: string }) => one.path.localeCompare(other.path);
    assert.deepEqual((await again.ofTask('task1')).toSorted(byPath), wanted.slice(0, 2).toSorted(byPath));
    assert.deepEqual(await again.record(again.of('task1', 'da.ta')), { index: 1 });
    for (const path of [join(directory, 'task1'), ...wanted.map((place) => place.path)]) {
      assert.equal((await stat(path)).mode & 0o777, 0o700);
    }
    assert.equal(await again.isMounted(again.of('task1', 'data')), false);
  });

  it('makes a place again with a newer record, and goes whole', async (t) => {
    const places = new MountPlaces(await somewhere(t));
    const place = places.of('task', 'data');
    await places.make(place, { port: 1 });
    await places.make(place, { port: 2 });
    assert.deepEqual(await places.record(place), { port: 2 });
    for (let again = 0; again < 2; again += 1) {
      await places.remove(place);
      await places.removeTask('task');
    }
    assert.deepEqual(await places.list(), []);
    assert.equal(await places.record(place), undefined);
  });

  it('finds and removes what was left half made', async (t) => {
    const directory = await somewhere(t);
    const places = new MountPlaces(directory);
    const place = places.of('task', 'data');
    await places.make(place, {});
    await places.remove(place);
    await writeFile(`${place.path}.json.new`, '{');
    assert.deepEqual(await places.ofTask('task'), [place]);
    assert.equal(await places.record(place), undefined);
    await places.remove(place);
    await places.removeTask('task');
    assert.deepEqual(await readdir(directory), []);
  });

  it('deletes nothing that lies in a place', async (t) => {
    const places = new MountPlaces(await somewhere(t));
    const place = places.of('task', 'data');
    await places.make(place, {});
    await writeFile(join(place.path, 'file'), 'precious');
    await assert.rejects(places.remove(place), (error) => hasKind(error, 'failed-precondition'));
    assert.deepEqual(await readdir(place.path), ['file']);
  });

  it('takes no task id that leads elsewhere', () => {
    const places = new MountPlaces('/nowhere');
    for (const taskId of ['..', 'a/b', '']) {
      assert.throws(
        () => places.of(taskId, 'data'),
        (error) => hasKind(error, 'invalid'),
      );
    }
  });
});
