import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type FlagSpec, UsageError } from './command.ts';
import { parseFlags } from './parse-flags.ts';

const SPECS: readonly FlagSpec[] = [
  { name: 'listen', kind: 'value', placeholder: 'HOST:PORT', doc: '' },
  { name: 'open', kind: 'switch', doc: '' },
  { name: 'registries', kind: 'list', doc: '' },
  { name: 'follow', short: 'f', kind: 'switch', doc: '' },
];

describe('parseFlags', () => {
  const cases = [
    { name: 'takes a value after the flag', argv: ['--listen', 'a:1'], flags: { listen: 'a:1' } },
    { name: 'takes a value after an equals sign', argv: ['--listen=a:1'], flags: { listen: 'a:1' } },
    { name: 'lets the last value count', argv: ['--listen=a:1', '--listen=b:2'], flags: { listen: 'b:2' } },
    { name: 'turns a switch on', argv: ['--open'], flags: { open: true } },
    { name: 'turns a switch off in two ways', argv: ['--no-open'], flags: { open: false } },
    { name: 'takes true and false for a switch', argv: ['--open=false'], flags: { open: false } },
    {
      name: 'gathers a list',
      argv: ['--registries=a', '--registries', 'b'],
      flags: { registries: ['a', 'b'] },
    },
    { name: 'knows short names', argv: ['-f'], flags: { follow: true } },
  ];
  for (const { name, argv, flags } of cases) {
    it(name, () => assert.deepEqual(parseFlags(argv, SPECS), { flags, operands: [] }));
  }

  it('tells operands from flags, and takes all after two dashes as operands', () => {
    assert.deepEqual(parseFlags(['one', '--open', 'two', '--', '--open'], SPECS), {
      flags: { open: true },
      operands: ['one', 'two', '--open'],
    });
  });

  const failures = [
    {
      name: 'hints at the nearest flag',
      argv: ['--lisen', 'x'],
      message: 'Unknown flag --lisen. Did you mean --listen?',
    },
    { name: 'hints at nothing when nothing is near', argv: ['--zzz'], message: 'Unknown flag --zzz.' },
    {
      name: 'asks for a missing value',
      argv: ['--listen'],
      message: '--listen needs a value: --listen HOST:PORT',
    },
    {
      name: 'refuses another value for a switch',
      argv: ['--open=maybe'],
      message: '--open takes no value, or true or false.',
    },
    {
      name: 'does not negate a flag that has a value',
      argv: ['--no-listen'],
      message: 'Unknown flag --no-listen. Did you mean --listen?',
    },
  ];
  for (const { name, argv, message } of failures) {
    it(name, () => {
      assert.throws(
        () => parseFlags(argv, SPECS),
        (error: Error) => error instanceof UsageError && error.message === message,
      );
    });
  }
});
