import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { UNROUTED_PREFIX, deniedPrefix, parseDropPrefix } from './firewall-log.ts';

describe("the prefix of a dropped packet's log", () => {
  it('says which interface refused it in which direction', () => {
    for (const direction of ['ingress', 'egress'] as const) {
      const prefix = deniedPrefix(direction, 'eni-0123456789abcdef0');
      assert.ok(prefix.length < 64, 'the kernel takes no more');
      assert.deepEqual(parseDropPrefix(prefix), {
        type: 'denied',
        direction,
        eniId: 'eni-0123456789abcdef0',
      });
    }
  });

  it('says that no route took it', () => {
    assert.deepEqual(parseDropPrefix(UNROUTED_PREFIX), { type: 'unrouted' });
  });

  for (const other of ['', 'ng:', 'ng:both:eni-01', 'ng:egress:', 'xng:egress:eni-01', 'ng:egress:eni-01 ']) {
    it(`is none of ours: ${JSON.stringify(other)}`, () => {
      assert.equal(parseDropPrefix(other), undefined);
    });
  }
});
