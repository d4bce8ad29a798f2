/** What is kept of a run that broke a law, since all of its instance goes: what programs logged, tasks and their output. */
import { cp, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { taskIdOf } from '../support/neargate/arn.ts';
import type { Field } from './field.ts';
import type { FleetTask } from './fleet.ts';

/** Resolves with the directory. */
export async function keepEvidence(field: Field, tasks: readonly FleetTask[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'neargate-chaos-broken-'));
  const { scene, upLog } = field;
  // Whatever of it there is.
  await Promise.allSettled([
    cp(join(scene.neargate.dataDir, 'log'), directory, { recursive: true }),
    cp(upLog, join(directory, 'up.log')),
    writeFile(join(directory, 'tasks.json'), JSON.stringify(tasks.map(described), null, 2)),
    ...tasks.flatMap(({ arn, kind }) =>
      kind.voices.map(async ({ container }) => {
        const lines = await scene.output(arn, container);
        await writeFile(join(directory, `${taskIdOf(arn)}-${container}.txt`), `${lines.join('\n')}\n`);
      }),
    ),
  ]);
  return directory;
}

function described({ kind, harms, stopAsked, seen }: FleetTask): object {
  return { kind: kind.name, harms: [...harms], stopAsked, task: seen };
}
