import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasKind } from '../../../domain/errors.ts';
import { splunkOptions } from './splunk-options.ts';

const GIVEN = { 'splunk-url': 'https://splunk.test:8088', 'splunk-token': 'secret' };

describe('Options of splunk', () => {
  it('have defaults', () => {
    const { url, ...others } = splunkOptions(GIVEN);
    assert.equal(url.host, 'splunk.test:8088');
    assert.deepEqual(others, {
      token: 'secret',
      source: undefined,
      sourceType: undefined,
      index: undefined,
      format: 'inline',
      verifyConnection: true,
      gzipLevel: undefined,
      tls: { caPath: undefined, caName: undefined, insecure: false },
    });
  });

  it('compress as well as zlib likes, or by the level that is asked for', () => {
    const level = (options: Record<string, string>) => splunkOptions({ ...GIVEN, ...options }).gzipLevel;
    assert.equal(level({ 'splunk-gzip': 'true' }), -1);
    assert.equal(level({ 'splunk-gzip': '1', 'splunk-gzip-level': '9' }), 9);
    assert.equal(level({ 'splunk-gzip-level': '9' }), undefined);
  });

  for (const { options, words } of [
    { options: { 'splunk-token': 't' }, words: 'splunk: splunk-url is expected' },
    { options: { 'splunk-url': 'https://a:1' }, words: 'splunk: splunk-token is expected' },
    {
      options: { ...GIVEN, 'splunk-url': 'nowhere' },
      words: 'splunk: failed to parse splunk-url as url value in splunk-url',
    },
    {
      options: { ...GIVEN, 'splunk-url': 'https://a:1/services' },
      words: 'splunk: expected format scheme://dns_name_or_ip:port for splunk-url',
    },
    {
      options: { ...GIVEN, 'splunk-url': 'file:///etc/passwd' },
      words: 'splunk: expected format scheme://dns_name_or_ip:port for splunk-url',
    },
    {
      options: { ...GIVEN, 'splunk-format': 'xml' },
      words: 'splunk: unknown format specified xml, supported formats are inline, json and raw',
    },
    {
      options: { ...GIVEN, 'splunk-gzip-level': '10' },
      words: "splunk: not supported level '10' for splunk-gzip-level (supported values between -1 and 9)",
    },
    {
      options: { ...GIVEN, 'splunk-gzip': 'perhaps' },
      words: 'splunk: strconv.ParseBool: parsing "perhaps": invalid syntax',
    },
  ]) {
    it(`are refused in Docker’s words: ${words}`, () => {
      assert.throws(
        () => splunkOptions(options),
        (error) => hasKind(error, 'invalid') && error.message === words,
      );
    });
  }
});
