import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseSpec, specJson } from './spec-json.ts';
import type { RuntimeSpec } from './types.ts';

const spec: RuntimeSpec = {
  ociVersion: '1.0.2',
  root: { path: 'r"\\\n\u2028', readonly: false },
  process: {
    terminal: false,
    user: { uid: 0, gid: 0 },
    args: ['sh', '-c', 'echo "18446744073709551615n"'],
    env: ['A=ä\u0000"'],
    cwd: '/',
    capabilities: { bounding: [], effective: [], permitted: [], inheritable: [], ambient: [] },
    rlimits: [],
    noNewPrivileges: false,
  },
  mounts: [],
  annotations: { 'a"b': '' },
  linux: { cgroupsPath: '/', namespaces: [], resources: { x: null }, maskedPaths: [], readonlyPaths: [] },
};

describe('A spec as JSON', () => {
  it('is what JSON.stringify writes', () => {
    assert.equal(specJson(spec), JSON.stringify(spec));
    const absent = { ...spec, hostname: undefined } as unknown as RuntimeSpec;
    assert.equal(specJson(absent), JSON.stringify(absent));
  });

  it('has numbers of 64 bits to the last digit', () => {
    const rlimits = [{ type: 'RLIMIT_CORE', hard: 2n ** 64n - 1n, soft: 1 }];
    const limited = { ...spec, process: { ...spec.process, rlimits } };
    const text = specJson(limited);
    assert.ok(text.includes('"hard":18446744073709551615,"soft":1'), text);
    assert.deepEqual(parseSpec(text), limited);
  });
});
