import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseHeaders } from './otlp-pushes.ts';

describe('The file of headers for OTLP', () => {
  it('holds a header a line, comments and empty lines', () => {
    const text = '# of the vendor\n\nAuthorization: Bearer a:b=\r\nX-Scope-OrgID:  7 \nx-empty:\n';
    assert.deepEqual(parseHeaders(text, '/f'), {
      authorization: 'Bearer a:b=',
      'x-scope-orgid': '7',
      'x-empty': '',
    });
  });

  it('is refused by the number of the line, without what stands there', () => {
    for (const line of [
      'sesame',
      'na me: sesame',
      'x: ses\u0000ame',
      'x: sesamé',
      'Content-Length: sesame',
    ]) {
      assert.throws(
        () => parseHeaders(`a: b\n${line}\n`, '/f'),
        ({ message, kind }: Error & { kind: string }) => {
          return kind === 'invalid' && message.startsWith('/f: line 2') && !message.includes('ses');
        },
        line,
      );
    }
  });
});
