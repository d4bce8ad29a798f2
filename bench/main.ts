/**
 * Measures Neargate on this machine: `npm run bench -- launch`, `containers`, `disk`, `endurance`, `floods`, `fuzz`, `limits`,
 * `logs`, `metadata`, `metrics`, `network`, `pull` and `api`. Each starts an instance of its own in a temporary directory and
 * leaves nothing behind.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type ApiOptions, benchApi } from './api/api.ts';
import { benchContainers } from './containers/containers.ts';
import { benchDisk } from './disk/disk.ts';
import { benchFileSystems } from './disk/file-systems.ts';
import { benchEndurance } from './endurance/endurance.ts';
import { benchFloods } from './floods/floods.ts';
import { benchFuzz } from './fuzz/fuzz.ts';
import { benchLaunch, type LaunchOptions } from './launch/launch.ts';
import { benchLimits } from './limits/limits.ts';
import { benchLogs } from './logs/logs.ts';
import { benchMetadata } from './metadata/metadata.ts';
import { benchMetrics } from './metrics/metrics.ts';
import { benchNetwork } from './network/network.ts';
import { benchPull } from './pull/pull.ts';
import { AGENT_FLAGS } from '../src/main/agent-flags.ts';

const USAGE = `Usage: npm run bench -- <what> [options]

  launch   how long it takes until a task runs, beside 'ctr run -d' and 'docker run -d' (needs root)
             --count N       tasks one after the other (30)
             --parallel N    tasks at once (50)
             --no-docker     leave Docker out
  containers  a task of five containers beside one of one, and how soon a task has stopped (needs root)
             --count N       tasks of each (30)
  disk     disks of tasks coming and going, and fio on one, and on EFS, beside the data directory's file system (needs
           root)
             --count N       disks one after the other (30)
             --seconds N     a measurement's length (5)
             --directory DIR where to measure (/var/tmp)
             --encrypted     with diskEncryption fscrypt
             --only disks | efs
  endurance  whether the last of many tasks costs what the first did: launch, memory, open files, files (needs root)
             --tasks N       all told (1000)
             --parallel N    at once (50)
  pull     how long a pull takes, beside 'ctr image pull' from the same registry (needs root)
             --count N       pulls of each image (30)
  network  interfaces coming and going, and what passes between two tasks beside a bare veth pair (needs root)
             --count N       interfaces one after the other (30)
             --seconds N     a measurement's length (5)
  logs     one task that writes as fast as it can, beside 'ctr run' into a file and Docker's json-file, and the memory of
           an agent with many that write (needs root)
             --mebibytes N   that it writes, of each length of lines (64)
             --streams N     of tasks that write (1000)
             --kibibytes N   that each of them writes (64)
             --no-docker     leave Docker out
  api      requests a second of the ECS API
             --connections N (32)
             --seconds N     a measurement's length (5)
  floods   what a task that floods metadata, DNS, connection tracking or its log does to others: quiet and flooded phases
           in turn (needs root)
             --rounds N      phases of each (5)
             --seconds N     how long the others ask in a phase (5)
             --launches N    in a phase (3)
             --only metadata | dns | flows | logs
  fuzz     random requests for every operation: faults, memory, descriptors, the size of the store
             --requests N    (100000)
             --seed N        (1)
  limits   bad callers by the thousand, of the APIs, the registry of ECR, services inside VPCs and /metrics: what they are
           told, memory, and whether others are served
             --callers N     of the APIs that say nothing; of other kinds and elsewhere there are fewer (10000)
  metadata the task metadata endpoint under 1,000 requests a second, and what statistics cost (needs root)
             --tasks N       that ask (20)
             --seconds N     how long they ask (5)
  metrics  the store of metrics: puts, reads, pages of 100,000 metrics, and bytes a value
             --series N      with a value a minute (100)
             --days N        of them (16)
             --seconds N     how long puts are measured (5)
             --directory DIR where to measure (/var/tmp)

  --json FILE   write the figures there too
`;

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      count: { type: 'string', default: '30' },
      parallel: { type: 'string', default: '50' },
      rounds: { type: 'string', default: '5' },
      launches: { type: 'string', default: '3' },
      'no-docker': { type: 'boolean', default: false },
      connections: { type: 'string', default: '32' },
      callers: { type: 'string', default: '10000' },
      seconds: { type: 'string', default: '5' },
      mebibytes: { type: 'string', default: '64' },
      tasks: { type: 'string' },
      requests: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
      streams: { type: 'string', default: '1000' },
      kibibytes: { type: 'string', default: '64' },
      series: { type: 'string', default: '100' },
      days: { type: 'string', default: '16' },
      directory: { type: 'string', default: '/var/tmp' },
      encrypted: { type: 'boolean', default: false },
      only: { type: 'string' },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const benches = {
    launch: () => {
      const options: LaunchOptions = {
        count: positive('count', values.count),
        parallel: positive('parallel', values.parallel),
        docker: !values['no-docker'],
      };
      return benchLaunch(options);
    },
    containers: () => benchContainers({ count: positive('count', values.count) }),
    disk: async () => {
      const { only, encrypted, directory } = values;
      const count = positive('count', values.count);
      const seconds = positive('seconds', values.seconds);
      const disks = only === 'efs' ? {} : await benchDisk({ count, seconds, directory, encrypted });
      return {
        ...disks,
        ...(only === 'disks' ? {} : { efs: await benchFileSystems({ seconds, directory }) }),
      };
    },
    floods: () =>
      benchFloods({
        rounds: positive('rounds', values.rounds),
        seconds: positive('seconds', values.seconds),
        launches: positive('launches', values.launches),
        only: values.only,
      }),
    fuzz: () =>
      benchFuzz({ requests: positive('requests', values.requests), seed: positive('seed', values.seed) }),
    limits: () => benchLimits({ connections: positive('callers', values.callers) }),
    metadata: () =>
      benchMetadata({
        tasks: positive('tasks', values.tasks ?? '20'),
        seconds: positive('seconds', values.seconds),
      }),
    metrics: () =>
      benchMetrics({
        series: positive('series', values.series),
        days: positive('days', values.days),
        seconds: positive('seconds', values.seconds),
        directory: values.directory,
      }),
    endurance: () =>
      benchEndurance({
        count: positive('tasks', values.tasks ?? '1000'),
        parallel: positive('parallel', values.parallel),
      }),
    pull: () => benchPull({ count: positive('count', values.count) }),
    network: () =>
      benchNetwork({
        count: positive('count', values.count),
        seconds: positive('seconds', values.seconds),
      }),
    logs: () =>
      benchLogs({
        mebibytes: positive('mebibytes', values.mebibytes),
        streams: positive('streams', values.streams),
        kibibytes: positive('kibibytes', values.kibibytes),
        docker: !values['no-docker'],
      }),
    api: () => {
      const options: ApiOptions = {
        connections: positive('connections', values.connections),
        seconds: positive('seconds', values.seconds),
      };
      return benchApi(options);
    },
  };
  const [what = ''] = positionals;
  if (values.help || !Object.hasOwn(benches, what)) {
    (values.help ? process.stdout : process.stderr).write(USAGE);
    return values.help ? 0 : 2;
  }
  if (what === 'pull' && !AGENT_FLAGS.every((flag) => process.execArgv.includes(flag))) return asAgent();
  const result = await benches[what as keyof typeof benches]();
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(result, undefined, 2)}\n`);
  return 0;
}

/** The same again, with what the agent's own process has. */
async function asAgent(): Promise<number> {
  const args = [...AGENT_FLAGS, ...process.argv.slice(1)];
  const [status] = (await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit')) as [
    number | null,
  ];
  return status ?? 1;
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} must be a whole number above 0`);
  return value;
}

try {
  const code = await main(process.argv.slice(2));
  // A bench may have found a fault by itself.
  if (code !== 0) process.exitCode = code;
} catch (error) {
  console.error(error instanceof Error ? (error.stack ?? error.message) : error);
  process.exitCode = 1;
}
