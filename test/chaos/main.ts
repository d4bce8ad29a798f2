/** `npm run chaos`: real tasks through the public API while everything around them breaks. */
import { parseArgs } from 'node:util';
import { nfsMissing } from '../support/nfs/nfs-scene.ts';
import { runChaos } from './run.ts';

const USAGE = `Usage: npm run chaos -- [options]        (needs root)

  --minutes N     how long rounds begin (5)
  --rounds N      how many there are at most
  --seed N        of everything that is drawn (1)
  --tasks N       in a round (12)
  --blows N       in a round, at most (3)
  --only NAME     only blows whose name has this in it; may be repeated
`;

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      minutes: { type: 'string', default: '5' },
      rounds: { type: 'string', default: '1000000' },
      seed: { type: 'string', default: '1' },
      tasks: { type: 'string', default: '12' },
      blows: { type: 'string', default: '3' },
      only: { type: 'string', multiple: true },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const missing = nfsMissing();
  if (missing !== false) {
    console.error(`npm run chaos: ${missing}`);
    return 1;
  }
  // What is there is taken down when the round is over.
  let isInterrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => (isInterrupted = true));
  const begun = performance.now();
  const lastMs = Number(values.minutes) * 60_000;
  const seconds = (): string => ((performance.now() - begun) / 1000).toFixed(1).padStart(7);
  const { tasks, filesByNfs, rounds, blows, broken } = await runChaos({
    seed: Number(values.seed),
    goesOn: (round) => !isInterrupted && round < Number(values.rounds) && performance.now() - begun < lastMs,
    tasksARound: Number(values.tasks),
    mostBlows: Number(values.blows),
    ...(values.only !== undefined && { onlyBlows: values.only }),
    tell: (line) => console.log(`${seconds()} ${line}`),
  });
  const counts = [...blows].map(([sort, count]) => `${count} × ${sort}`);
  console.log(
    `seed ${values.seed}: ${tasks} tasks and ${filesByNfs} files by NFS in ${rounds} rounds; ${counts.join(', ')}`,
  );
  console.log(broken.length === 0 ? 'all laws hold' : `${broken.length} laws are broken (above)`);
  return broken.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
