import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type JsonValue, goText } from './go-text.ts';

const CASES: { json: string; text: string }[] = [
  { json: '"as it is"', text: 'as it is' },
  { json: '5432', text: '5432' },
  { json: '-1.5', text: '-1.5' },
  { json: '0', text: '0' },
  { json: '999999', text: '999999' },
  { json: '1000000', text: '1e+06' },
  { json: '1234567', text: '1.234567e+06' },
  { json: '0.0001', text: '0.0001' },
  { json: '0.00001', text: '1e-05' },
  { json: '1e100', text: '1e+100' },
  { json: 'true', text: 'true' },
  { json: 'null', text: '<nil>' },
  { json: '["a", 1, [true]]', text: '[a 1 [true]]' },
  { json: '{"port": 5432, "host": "db"}', text: 'map[host:db port:5432]' },
];

describe("JSON values in Go's words", () => {
  for (const { json, text } of CASES) {
    it(`writes ${json} as ${text}`, () => assert.equal(goText(JSON.parse(json) as JsonValue), text));
  }
});
