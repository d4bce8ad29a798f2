/**
 * Random requests for every operation of every service: no answer may be a fault of the server, and what the control
 * plane holds (memory, descriptors) may not go on growing. What is on disk grows with what was made.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fuzzEverything, type FuzzEverythingReport } from '../../test/support/fuzz/fuzz-everything.ts';
import { Neargate } from '../../test/support/neargate/instance.ts';
import { marks, number, table } from '../figures.ts';
import { holdings, type Holdings } from '../holdings.ts';

export interface FuzzOptions {
  readonly requests: number;
  readonly seed: number;
}

interface Sample extends Holdings {
  readonly answered: number;
  readonly storeMiB: number;
}

export interface FuzzResult extends FuzzEverythingReport {
  readonly seconds: number;
  readonly samples: readonly Sample[];
}

/** Stopped tasks go early, so that only what leaks is left. */
const FLAGS = ['--fake', '--open', '--stopped-task-retention', '10s', '--log-level', 'error'];
const SHOWN = 20;
/** Of the second half of the requests. */
const GROWTH = 1.25;
const COLLECTOR = fileURLToPath(new URL('./collector.js', import.meta.url));

export async function benchFuzz({ requests, seed }: FuzzOptions): Promise<FuzzResult> {
  const environment = { NODE_OPTIONS: `--import ${COLLECTOR}` };
  const neargate = await Neargate.start({ flags: FLAGS, environment });
  try {
    const samples = [await sample(neargate, 0)];
    const begin = performance.now();
    const report = await fuzzEverything({
      ...{ endpoint: neargate.info.endpoint, requests, seed },
      onTenth: async (answered) => void samples.push(await sample(neargate, answered)),
    });
    const result = { ...report, seconds: (performance.now() - begin) / 1000, samples };
    console.log(shown(result, { requests, seed }));
    // The process that was asked first still answers.
    const health = await askHealth(neargate);
    if (report.violations.length > 0 || health.status !== 200) process.exitCode = 1;
    return result;
  } finally {
    await neargate.close();
  }
}

/** What is held, not what waits for the collector: how much that is depends on when it came last. */
async function sample(neargate: Neargate, answered: number): Promise<Sample> {
  const { pid, dataDir } = neargate;
  process.kill(pid, 'SIGUSR2');
  // Answered only once what the signal began is over.
  for (let turn = 0; turn < 2; turn += 1) await askHealth(neargate);
  const sizes = await Promise.all(['control', 'metrics'].map((name) => bytesBelow(join(dataDir, name))));
  const storeMiB = sizes.reduce((sum, size) => sum + size, 0) / 2 ** 20;
  return { answered, storeMiB, ...(await holdings(pid)) };
}

function askHealth({ info }: Neargate): Promise<Response> {
  return fetch(`${info.endpoint}/_neargate/health`);
}

/** As the disk holds them: files with holes count for what they have. */
async function bytesBelow(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(
    entries.map((entry) =>
      stat(join(directory, entry)).then(
        ({ blocks }) => blocks * 512,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function shown(
  { statuses, operations, violations, seconds, samples }: FuzzResult,
  options: FuzzOptions,
): string {
  const middle = samples[Math.floor(samples.length / 2)];
  const last = samples.at(-1);
  return [
    `${options.requests} requests of seed ${options.seed} in ${number(seconds)} s\n`,
    table(
      ['answered', 'resident MiB', 'descriptors', 'store MiB'],
      samples.map(({ answered, residentMiB, descriptors, storeMiB }) => [
        String(answered),
        ...[residentMiB, descriptors, storeMiB].map(number),
      ]),
    ),
    '',
    ...Object.entries(statuses).map(([protocol, counts]) => {
      const words = Object.entries(counts).map(([status, count]) => `${count} x ${status}`);
      return `${protocol}: ${words.join(', ')}`;
    }),
    `${operations.asked} operations asked, ${operations.answered} of them answered without an error`,
    ...(operations.never.length > 0 ? [`always refused: ${operations.never.join(', ')}`] : []),
    ...violations.slice(0, SHOWN).map((violation) => JSON.stringify(violation)),
    '',
    marks([
      { name: "faults of the server's", value: violations.length, limit: 0, unit: '' },
      {
        name: 'resident memory, the end beside the middle',
        value: (last?.residentMiB ?? 0) / (middle?.residentMiB ?? 1),
        limit: GROWTH,
        unit: ' x',
      },
      {
        name: 'descriptors, the end less the middle',
        value: (last?.descriptors ?? 0) - (middle?.descriptors ?? 0),
        limit: 8,
        unit: '',
      },
    ]),
  ].join('\n');
}
