/** What fio measures in several directories, by turns. */
import { type Figures, figuresOf } from '../figures.ts';
import { type FioRun, measureFio, PATTERNS, removeFioData } from './fio.ts';

export interface Speed {
  readonly name: string;
  /** MiB a second, in the order of the directories: medians, as the machine may be busy with something else in a turn. */
  readonly values: readonly number[];
  /** Of each directory in what the first one had in the same turn. */
  readonly shares: readonly Figures[];
}

const TURNS = 5;

/** Throughput of each pattern in each directory, past the page cache and through it. */
export async function measureSpeeds(directories: readonly string[], seconds: number): Promise<Speed[]> {
  const speeds: Speed[] = [];
  for (const direct of [true, false]) {
    for (const pattern of PATTERNS) {
      const turns = await takeTurns(directories, { pattern, direct, seconds });
      const seen = directories.map((_, index) => turns.map((turn) => turn[index] ?? Number.NaN));
      const shares = seen.map((values) =>
        values.map((value, turn) => value / (seen[0]?.[turn] ?? Number.NaN)),
      );
      speeds.push({
        name: `${pattern.name}, ${direct ? 'direct' : 'cached'}`,
        values: seen.map((values) => figuresOf(values).p50),
        shares: shares.map(figuresOf),
      });
    }
    for (const directory of directories) await removeFioData(directory);
  }
  return speeds;
}

/** Each turn has all directories, from the first to the last and back. In one that does not count, files get blocks. */
async function takeTurns(
  directories: readonly string[],
  run: Omit<FioRun, 'directory'>,
): Promise<number[][]> {
  const turns: number[][] = [];
  for (let turn = 0; turn <= TURNS; turn += 1) {
    const seen: number[] = [];
    const order = [...directories.entries()];
    if (turn % 2 === 1) order.reverse();
    for (const [index, directory] of order) seen[index] = await measureFio({ ...run, directory });
    turns.push(seen);
  }
  return turns.slice(1);
}
