import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { SourcePositions } from './source-positions.ts';

describe('SourcePositions', () => {
  let directory = '';

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'neargate-'));
    // The third line of a.mjs, from its fifth column on, is the eighth of ../src/a.ts from its third column on.
    const map = { version: 3, sources: ['../src/a.ts'], names: [], mappings: ';;IAOE' };
    await writeFile(join(directory, 'a.mjs.map'), JSON.stringify(map));
    await writeFile(join(directory, 'broken.mjs.map'), '{');
  });
  after(() => rm(directory, { recursive: true, force: true }));

  const url = (name: string): string => pathToFileURL(join(directory, name)).href;
  const inSources = (text: string, program = 'neargate.mjs'): string =>
    new SourcePositions(join(directory, program)).inSources(text);

  it('shows where in the sources an error was made, as often as it is asked', () => {
    const stack = `Error: no\n    at work (${url('a.mjs')}:3:9)\n    at ${url('a.mjs')}:3:5`;
    const place = join(directory, '..', 'src', 'a.ts');
    assert.equal(inSources(stack), `Error: no\n    at work (${place}:8:3)\n    at ${place}:8:3`);
  });

  it('leaves what it cannot tell: no map, a broken one, other files', () => {
    for (const text of [`${url('b.mjs')}:3:9`, `${url('broken.mjs')}:3:9`, 'node:fs:1:2', 'x.mjs:1:2']) {
      assert.equal(inSources(text), text);
    }
  });

  it('reads no map that is not of the program', () => {
    const text = `${url('a.mjs')}:3:9`;
    assert.equal(inSources(text, 'other/neargate.mjs'), text);
    const up = `${pathToFileURL(directory).href}/other/%2e%2e/a.mjs:3:9`;
    assert.equal(inSources(up, 'other/neargate.mjs'), up);
  });
});
