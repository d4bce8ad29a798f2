import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { environmentOf, type EnvironmentSources } from './environment.ts';

/** The value of X from these sources. */
function valueOfX(sources: Partial<EnvironmentSources>): string | undefined {
  const entries = environmentOf({
    image: {},
    definition: {},
    fileEnvironment: [],
    defaults: {},
    secrets: {},
    injected: {},
    hostname: 'h',
    home: '/root',
    ...sources,
  }).filter((entry) => entry.startsWith('X='));
  assert.ok(entries.length <= 1, entries.join(' '));
  return entries[0]?.slice(2);
}

describe('The environment', () => {
  const sources: EnvironmentSources = {
    injected: { X: 'platform' },
    secrets: { X: 'secret' },
    definition: { environment: [{ name: 'X', value: 'definition' }] },
    fileEnvironment: [{ name: 'X', value: 'file' }],
    defaults: { X: 'default' },
    image: { Env: ['X=image'] },
    hostname: 'h',
    home: '/root',
  };
  const order = [
    ['injected', 'platform'],
    ['secrets', 'secret'],
    ['definition', 'definition'],
    ['fileEnvironment', 'file'],
    ['defaults', 'default'],
    ['image', 'image'],
  ] as const;
  for (const [index, [source, value]] of order.entries()) {
    it(`takes a variable from ${source} before the weaker ones`, () => {
      const { hostname, home } = sources;
      const rest = Object.fromEntries(order.slice(index).map(([name]) => [name, sources[name]]));
      assert.equal(valueOfX({ ...rest, hostname, home }), value);
    });
  }

  it('keeps all behind the first equals sign, and empty values', () => {
    assert.equal(valueOfX({ image: { Env: ['X=a=b '] } }), 'a=b ');
    assert.equal(valueOfX({ definition: { environment: [{ name: 'X' }] } }), '');
    assert.equal(valueOfX({ image: { Env: ['=X=1', 'X'] } }), undefined);
  });

  it('has Docker’s defaults, which every source can replace', () => {
    const base = {
      definition: {},
      fileEnvironment: [],
      defaults: {},
      secrets: {},
      injected: {},
      hostname: 'h',
      home: '/h',
    };
    assert.deepEqual(environmentOf({ ...base, image: {} }), [
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'HOSTNAME=h',
      'HOME=/h',
    ]);
    const image = { Env: ['PATH=/p', 'HOME=/x', 'TERM=dumb'] };
    assert.deepEqual(environmentOf({ ...base, image, definition: { pseudoTerminal: true } }), [
      'PATH=/p',
      'HOSTNAME=h',
      'HOME=/x',
      'TERM=dumb',
    ]);
  });
});
