import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasKind } from '../../../domain/errors.ts';
import { authoritiesAt } from './authorities.ts';

describe('Authorities that a task definition names', () => {
  for (const path of [
    '/etc/hostname',
    '/etc/ssl/certs/../../hostname',
    '/etc/ssl/certs/none.pem',
    'ca.pem',
  ]) {
    it(`are not looked for at ${path}`, async () => {
      await assert.rejects(authoritiesAt(path), (error) => {
        assert.ok(hasKind(error, 'invalid'));
        assert.equal(error.message, `splunk: open ${path}: no such file or directory`);
        return true;
      });
    });
  }
});
