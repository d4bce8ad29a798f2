import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { ApiError } from '../domain/errors.ts';
import {
  type Command,
  type CommandEntry,
  CommandError,
  DataFormatError,
  type Output,
  type Program,
} from './command.ts';
import { COMMANDS } from './commands.ts';
import { runCli } from './run-cli.ts';

const COLUMNS = 80;

interface CapturedOutput extends Output {
  text: string;
}

function captured(): CapturedOutput {
  return {
    text: '',
    isTerminal: false,
    columns: COLUMNS,
    write(text) {
      this.text += text;
    },
  };
}

function aProgram(): Program {
  return {
    version: '1.2.3',
    selfCommand: [],
    settingFlags: [
      { name: 'config', kind: 'value', doc: 'A file.' },
      { name: 'data-dir', kind: 'value', placeholder: 'PATH', doc: 'A place.' },
      { name: 'listen', kind: 'value', placeholder: 'HOST:PORT', doc: 'An address.' },
    ],
    settings: () => {
      throw new Error('not asked for here');
    },
    up: () => Promise.resolve(),
    agent: () => Promise.resolve(),
    cleanUp: () => Promise.resolve(),
    processStartTime: () => undefined,
  };
}

function aCommand(run: Command['run']): CommandEntry {
  const command: Command = { description: 'Does it.', flags: [], settings: 'none', examples: [], run };
  return { name: 'doit', summary: 'does it', load: () => Promise.resolve(command) };
}

async function run(
  argv: readonly string[],
  commands: readonly CommandEntry[] = COMMANDS,
  signal = new AbortController().signal,
) {
  const out = captured();
  const err = captured();
  const status = await runCli(argv, commands, { out, err, signal, program: aProgram() });
  return { status, out: out.text, err: err.text };
}

describe('neargate', () => {
  it('prints its version', async () => {
    assert.deepEqual(await run(['--version']), { status: 0, out: '1.2.3\n', err: '' });
    assert.deepEqual(await run(['version']), { status: 0, out: '1.2.3\n', err: '' });
  });

  it('lists every command that is not hidden in its help', async () => {
    const { status, out } = await run(['--help']);
    assert.equal(status, 0);
    for (const { name, summary, hidden } of COMMANDS) {
      assert.equal(out.includes(`  ${name.padEnd(9)} ${summary}\n`), hidden !== true, name);
    }
  });

  it('shows its help and fails without a command', async () => {
    const { status, out, err } = await run([]);
    assert.equal(status, 2);
    assert.equal(out, '');
    assert.match(err, /^Neargate runs/);
  });

  for (const { name } of COMMANDS) {
    it(`has help with an example for ${name}, no line wider than the terminal`, async () => {
      const { status, out, err } = await run([name, '--help']);
      assert.equal(status, 0);
      assert.equal(err, '');
      assert.match(out, new RegExp(`^Usage: neargate ${name}`));
      assert.match(out, /Examples:\n {2}# .+\n {2}.+\n/);
      assert.match(out, /--help +Show this text/);
      const [, flags = ''] = out.split('Flags:');
      for (const line of flags.split('\n')) assert.ok(line.length <= COLUMNS, line);
    });
  }

  it('shows the same text by help <command>', async () => {
    assert.equal((await run(['help', 'ps'])).out, (await run(['ps', '--help'])).out);
  });

  it('gives commands about a running Neargate only the flags that find it', async () => {
    const { out } = await run(['ps', '--help']);
    assert.match(out, /--data-dir/);
    assert.doesNotMatch(out, /--listen/);
  });

  const misuse = [
    { name: 'an unknown command', argv: ['pss'], err: /Unknown command pss\. Did you mean ps\?/ },
    { name: 'an unknown flag', argv: ['ps', '--al'], err: /Unknown flag --al\. Did you mean --all\?/ },
    { name: 'a missing operand', argv: ['logs'], err: /An argument is missing: <task>/ },
    { name: 'an operand too many', argv: ['ps', 'x'], err: /Unexpected argument: x/ },
  ];
  for (const { name, argv, err } of misuse) {
    it(`answers ${name} with a hint and status 2`, async () => {
      const result = await run(argv);
      assert.equal(result.status, 2);
      assert.equal(result.out, '');
      assert.match(result.err, err);
      assert.match(result.err, /--help/);
    });
  }

  it('says in words what went wrong, with status 1', async () => {
    const command = aCommand(() => Promise.reject(new CommandError('No room.')));
    assert.deepEqual(await run(['doit'], [command]), { status: 1, out: '', err: 'neargate: No room.\n' });
  });

  it('has a status of its own, which its unit does not restart on, for data of another release', async () => {
    const command = aCommand(() => Promise.reject(new DataFormatError('It is newer.')));
    assert.deepEqual(await run(['doit'], [command]), { status: 3, out: '', err: 'neargate: It is newer.\n' });
    const unit = await readFile(new URL('../../../systemd/neargate.service', import.meta.url), 'utf8');
    assert.match(unit, /^RestartPreventExitStatus=2 3$/m);
  });

  it("shows the API's errors by name", async () => {
    const command = aCommand(() =>
      Promise.reject(new ApiError('ClusterNotFoundException', 'Cluster not found.')),
    );
    const { status, err } = await run(['doit'], [command]);
    assert.equal(status, 1);
    assert.equal(err, 'neargate: ClusterNotFoundException: Cluster not found.\n');
  });

  it('says that it was interrupted, not how that looked inside', async () => {
    const ending = new AbortController();
    const command = aCommand(() => {
      ending.abort();
      return Promise.reject(new Error('The operation was aborted'));
    });
    const { status, err } = await run(['doit'], [command], ending.signal);
    assert.equal(status, 130);
    assert.equal(err, 'neargate: interrupted\n');
  });
});
