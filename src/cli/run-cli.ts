/** The command line: finds the command, reads its flags, runs it, and turns its failure into words and a status. */
import { ApiError, AppError } from '../domain/errors.ts';
import {
  type Command,
  type CommandContext,
  type CommandEntry,
  CommandError,
  type FlagSpec,
  type Program,
  UsageError,
} from './command.ts';
import { commandHelp, programHelp } from './help.ts';
import { nearest } from './nearest.ts';
import { HELP_FLAG, parseFlags } from './parse-flags.ts';

/** Settings that tell which Neargate is meant. */
const INSTANCE_SETTINGS = ['config', 'data-dir', 'runtime-dir'];
const WIDEST_TEXT = 110;
const INTERRUPTED = 130;

export type CliSurroundings = Omit<CommandContext, 'flags' | 'operands'>;

/** Resolves with the exit status: 0 done, 1 failed, 2 wrong usage, 3 data of another release. */
export async function runCli(
  argv: readonly string[],
  commands: readonly CommandEntry[],
  surroundings: CliSurroundings,
): Promise<number> {
  const { err } = surroundings;
  const name = argv[0];
  try {
    return await dispatch(argv, commands, surroundings);
  } catch (error) {
    if (surroundings.signal.aborted) {
      err.write('neargate: interrupted\n');
      return INTERRUPTED;
    }
    if (!(error instanceof CommandError)) {
      err.write(`neargate: ${describeUnexpected(error)}\n`);
      return 1;
    }
    err.write(`neargate: ${error.message}\n`);
    if (error instanceof UsageError) {
      const known = commands.some((entry) => entry.name === name);
      err.write(`Run 'neargate ${known ? `${name} ` : ''}--help' for help.\n`);
    }
    return error.exitStatus;
  }
}

async function dispatch(
  argv: readonly string[],
  commands: readonly CommandEntry[],
  surroundings: CliSurroundings,
): Promise<number> {
  const [first, ...rest] = argv;
  if (
    first === undefined ||
    first === '--help' ||
    first === '-h' ||
    (first === 'help' && rest.length === 0)
  ) {
    (first === undefined ? surroundings.err : surroundings.out).write(programHelp(commands));
    return first === undefined ? 2 : 0;
  }
  const [name, args] =
    first === 'help' ? [rest[0] ?? '', ['--help']] : [first === '--version' ? 'version' : first, rest];
  const entry = commands.find((each) => each.name === name);
  if (entry === undefined) throw unknownCommand(name, commands);
  const command = await entry.load();
  const settings = settingFlags(command, surroundings.program);
  const { flags, operands } = parseFlags(args, [...command.flags, ...settings, HELP_FLAG]);
  if (flags['help'] === true) {
    const width = Math.min(surroundings.out.columns, WIDEST_TEXT);
    surroundings.out.write(
      commandHelp(name, { ...command, flags: [...command.flags, HELP_FLAG] }, settings, width),
    );
    return 0;
  }
  checkOperands(operands, command);
  return command.run({ ...surroundings, flags, operands });
}

function settingFlags(command: Command, { settingFlags: all }: Program): readonly FlagSpec[] {
  if (command.settings === 'none') return [];
  return command.settings === 'all' ? all : all.filter(({ name }) => INSTANCE_SETTINGS.includes(name));
}

function checkOperands(operands: readonly string[], { operands: wanted }: Command): void {
  const most = wanted?.most ?? 0;
  if (operands.length > most) throw new UsageError(`Unexpected argument: ${operands[most]}.`);
  if (operands.length < (wanted?.least ?? 0))
    throw new UsageError(`An argument is missing: ${wanted?.usage}.`);
}

function unknownCommand(name: string, commands: readonly CommandEntry[]): UsageError {
  const near = nearest(
    name,
    commands.map((entry) => entry.name),
  );
  return new UsageError(`Unknown command ${name}.${near === undefined ? '' : ` Did you mean ${near}?`}`);
}

/** The API's errors and drivers' say in words what is wrong; anything else is a fault of ours, and its place helps to find it. */
function describeUnexpected(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof ApiError) return `${error.code}: ${error.message}`;
  return error instanceof AppError ? error.message : (error.stack ?? error.message);
}
