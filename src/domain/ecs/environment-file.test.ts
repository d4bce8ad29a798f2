import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError } from '../errors.ts';
import {
  type EnvironmentVariable,
  mergeEnvironmentFiles,
  parseEnvironmentFile,
  parseEnvironmentFileArn,
} from './environment-file.ts';

const LINES: { name: string; text: string; variables: [string, string][] }[] = [
  {
    name: 'a variable a line',
    text: 'A=1\nB=2\n',
    variables: [
      ['A', '1'],
      ['B', '2'],
    ],
  },
  {
    name: 'a last line without an end',
    text: 'A=1\nB=2',
    variables: [
      ['A', '1'],
      ['B', '2'],
    ],
  },
  {
    name: 'lines that end as on Windows',
    text: 'A=1\r\nB=2\r\n',
    variables: [
      ['A', '1'],
      ['B', '2'],
    ],
  },
  { name: 'a carriage return within a line', text: 'A=1\r2', variables: [['A', '1\r2']] },
  { name: 'the first of several equal signs', text: 'URL=x?a=b=c', variables: [['URL', 'x?a=b=c']] },
  {
    name: 'quotes as part of the value',
    text: 'A="b c"\nB=\'d\'',
    variables: [
      ['A', '"b c"'],
      ['B', "'d'"],
    ],
  },
  { name: 'blanks as part of name and value', text: ' A = b \t', variables: [[' A ', ' b \t']] },
  { name: 'a value that is empty', text: 'A=', variables: [['A', '']] },
  { name: 'what looks like another variable', text: 'A=$B ${C}', variables: [['A', '$B ${C}']] },
  { name: 'export as part of the name', text: 'export A=1', variables: [['export A', '1']] },
  { name: 'a comment sign within a line', text: 'A=1 # one', variables: [['A', '1 # one']] },
  {
    name: 'the last line of a variable',
    text: 'A=1\nB=2\nA=3',
    variables: [
      ['A', '3'],
      ['B', '2'],
    ],
  },
  { name: 'other alphabets', text: 'GRUSS=Grüße 🌍', variables: [['GRUSS', 'Grüße 🌍']] },
  { name: 'nothing of comments', text: '#A=1\n##\n#', variables: [] },
  { name: 'a comment sign behind a blank, as a name', text: ' #A=1', variables: [[' #A', '1']] },
  { name: 'nothing of lines without a name or an equal sign', text: '=1\nA\n\n  \n', variables: [] },
  { name: 'nothing of an empty file', text: '', variables: [] },
];

describe('an environment file', () => {
  for (const { name, text, variables } of LINES) {
    it(`has ${name}`, () => assert.deepEqual(pairs(parseEnvironmentFile(text)), variables));
  }

  it('may have lines of nearly 64 KiB, counted in bytes', () => {
    const longest = 64 * 1024 - 1;
    assert.equal(parseEnvironmentFile(`A=${'x'.repeat(longest - 2)}\n`)[0]?.value.length, longest - 2);
    assert.throws(() => parseEnvironmentFile(`A=1\nB=${'x'.repeat(longest - 1)}`), {
      kind: 'invalid',
      message: 'line 2: bufio.Scanner: token too long',
    });
    assert.throws(() => parseEnvironmentFile(`A=${'ä'.repeat(32 * 1024)}`), /token too long/);
    assert.equal(parseEnvironmentFile(`A=${'ä'.repeat(32 * 1024 - 2)}`).length, 1);
  });

  it('has no NUL, and says so without the line', () => {
    const holding = (error: unknown): boolean => error instanceof AppError && !/hunter/.test(error.message);
    assert.throws(() => parseEnvironmentFile('A=hunter2\0'), holding);
  });
});

describe('the place of an environment file', () => {
  it('is the bucket and the key of its ARN', () => {
    assert.deepEqual(parseEnvironmentFileArn('arn:aws:s3:::bucket/a/b c.env'), {
      bucket: 'bucket',
      key: 'a/b c.env',
    });
    const key = parseEnvironmentFileArn('arn:aws-cn:s3:::b/a:b//c=..d.env').key;
    assert.equal(key, 'a:b//c=..d.env');
  });

  it("is refused in AWS's words when it is none", () => {
    for (const arn of [
      'arn:aws:s3:::bucket',
      'arn:aws:s3:eu-west-1::b/k.env',
      'b/k.env',
      'arn:aws:s3:::/k.env',
    ]) {
      assert.throws(() => parseEnvironmentFileArn(arn), {
        kind: 'invalid',
        message: `unable to parse bucket and key from s3 ARN specified in environmentFile ${arn}, error: invalid s3 arn: ${arn}`,
      });
    }
  });

  it('does not lead out of its bucket', () => {
    for (const key of ['../x.env', 'a/../../x.env', './x.env', 'a/..']) {
      assert.throws(() => parseEnvironmentFileArn(`arn:aws:s3:::b/${key}`), {
        kind: 'invalid',
        message: `unable to download env file with key ${key} from bucket b, error: the key leads out of its bucket`,
      });
    }
  });
});

describe('a variable that is set in several places', () => {
  it('has the value of the first file', () => {
    const files = ['A=1\nB=1', 'B=2\nC=2', 'C=3\nD=3'].map(parseEnvironmentFile);
    assert.deepEqual(Object.fromEntries(pairs(mergeEnvironmentFiles(files))), {
      A: '1',
      B: '1',
      C: '2',
      D: '3',
    });
  });
});

function pairs(variables: readonly EnvironmentVariable[]): [string, string][] {
  return variables.map(({ name, value }) => [name, value]);
}
