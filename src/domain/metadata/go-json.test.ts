import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { goJson, goMap, goTime } from './go-json.ts';

describe('JSON as Go writes it', () => {
  it('is compact, keeps the order of members and leaves out what is undefined', () => {
    assert.equal(goJson({ b: 1, a: undefined, c: [true, null] }), '{"b":1,"c":[true,null]}');
  });

  it('escapes what HTML and JavaScript could misread', () => {
    assert.equal(goJson('<a&b>\u2028\u2029"'), String.raw`"\u003ca\u0026b\u003e\u2028\u2029\""`);
  });

  it('shows integers of 64 bits whole, and floats as they are', () => {
    assert.equal(goJson([2 ** 63 - 4096, 0.25, 12, -1]), '[9223372036854771712,0.25,12,-1]');
  });

  it('orders maps by their keys, capitals first', () => {
    assert.deepEqual(Object.keys(goMap({ b: 1, a: 2, B: 3 })), ['B', 'a', 'b']);
  });
});

describe('times as Go writes them', () => {
  const cases: [number, string][] = [
    [Date.UTC(2025, 0, 2, 3, 4, 5, 600), '2025-01-02T03:04:05.6Z'],
    [Date.UTC(2025, 0, 2, 3, 4, 5, 0), '2025-01-02T03:04:05Z'],
    [Date.UTC(2025, 0, 2, 3, 4, 50, 0), '2025-01-02T03:04:50Z'],
    [Date.UTC(2025, 0, 2, 3, 4, 5, 67), '2025-01-02T03:04:05.067Z'],
  ];
  for (const [at, text] of cases) it(text, () => assert.equal(goTime(at), text));
});
