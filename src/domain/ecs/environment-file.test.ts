import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mergeEnvironmentFiles, objectLocation, parseEnvironmentFile } from './environment-file.ts';

describe('An environment file', () => {
  it('has a variable a line, comments, and nothing that is interpreted', () => {
    const text = [
      '# a comment',
      'PLAIN=value',
      'QUOTED="a b"',
      'SPACES=  two ',
      'EQUALS=a=b=c',
      'EMPTY=',
      'no equals sign',
      '=no name',
      'export KEPT=yes',
      ' #NOT=a comment',
      'REFERS=$PLAIN',
      'CRLF=end\r',
      'PLAIN=later',
    ].join('\n');
    assert.deepEqual(Object.fromEntries(parseEnvironmentFile(text)), {
      PLAIN: 'later',
      QUOTED: '"a b"',
      SPACES: '  two ',
      EQUALS: 'a=b=c',
      EMPTY: '',
      'export KEPT': 'yes',
      ' #NOT': 'a comment',
      REFERS: '$PLAIN',
      CRLF: 'end',
    });
  });

  it('gives way to those before it', () => {
    const files = ['A=1\nB=1', 'B=2\nC=2', 'A=3\nC=3\nD=3'].map(parseEnvironmentFile);
    assert.deepEqual(mergeEnvironmentFiles(files), [
      { name: 'A', value: '1' },
      { name: 'B', value: '1' },
      { name: 'C', value: '2' },
      { name: 'D', value: '3' },
    ]);
  });

  it('is named by the ARN of an object', () => {
    assert.deepEqual(objectLocation('arn:aws:s3:::bucket/dir/app.env'), {
      bucket: 'bucket',
      key: 'dir/app.env',
    });
    assert.deepEqual(objectLocation('arn:aws-cn:s3:::b/k'), { bucket: 'b', key: 'k' });
    assert.equal(objectLocation('arn:aws:s3:::bucket'), undefined);
    assert.equal(objectLocation('s3://bucket/key'), undefined);
  });
});
