import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { servedServices } from './served-services.ts';

/** What `/_neargate` serves for its own commands is no API of AWS's. */
const OWN = 'neargate';

describe('Fuzzing', () => {
  it('asks for every operation that docs/api-coverage.md says is served', async () => {
    const document = await readFile(new URL('../../../../docs/api-coverage.md', import.meta.url), 'utf8');
    const documented = [...document.matchAll(/^Served: (.+)\.$/gm)].map(([, names = '']) =>
      [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
    );
    const fuzzed = new Map<string, Set<string>>();
    for (const { name, operations } of servedServices()) {
      if (name === OWN) continue;
      const known = fuzzed.get(name) ?? new Set();
      for (const operation of operations) known.add(operation.name);
      fuzzed.set(name, known);
    }
    const lists = (all: Iterable<Iterable<string>>) =>
      [...all].map((names) => [...names].sort().join(' ')).sort();
    assert.deepEqual(lists(fuzzed.values()), lists(documented));
  });
});
