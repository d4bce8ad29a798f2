/** The tables of refusals that the tests run, each row with the test that runs it. */
import { join } from 'node:path';
import { ROOT } from '../../project.mjs';

const RULES = 'src/domain/ecs/registration';

const TABLES = [
  { file: 'containers', names: ['CONTAINER_REFUSALS'], test: `${RULES}/container-rules.test.ts` },
  { file: 'definitions', names: ['DEFINITION_REFUSALS'], test: `${RULES}/prepare-definition.test.ts` },
  { file: 'environment', names: ['ENVIRONMENT_REFUSALS'], test: 'src/domain/ecs/environment-rules.test.ts' },
  { file: 'fargate', names: ['SIZE_REFUSALS', 'FARGATE_REFUSALS'], test: `${RULES}/fargate-rules.test.ts` },
  { file: 'logging', names: ['LOG_REFUSALS', 'FIRELENS_REFUSALS'], test: `${RULES}/log-rules.test.ts` },
  { file: 'ports', names: ['PORT_REFUSALS'], test: `${RULES}/port-rules.test.ts` },
  { file: 'ports', names: ['NETWORK_MODE_REFUSALS'], test: `${RULES}/network-mode-rules.test.ts` },
  { file: 'processes', names: ['PROCESS_REFUSALS'], test: `${RULES}/process-rules.test.ts` },
  { file: 'relations', names: ['RELATION_REFUSALS'], test: `${RULES}/relation-rules.test.ts` },
  { file: 'volumes', names: ['VOLUME_REFUSALS'], test: `${RULES}/volume-rules.test.ts` },
  {
    file: 'run-task',
    names: ['RUN_TASK_REFUSALS'],
    test: 'src/services/ecs/tasks/run-task-refusals.test.ts',
  },
];

const USUAL_CODE = 'InvalidParameterException';

/** Every row as `{ parameter, name, code?, message, words, test, entries }`, `entries` being the table it belongs to. */
export async function refusals([register, runTask]) {
  const rows = [];
  for (const { file, names, test } of TABLES) {
    const tables = await import(join(ROOT, `dist/test/support/ecs/refusals/${file}.js`));
    for (const row of names.flatMap((name) => tables[name])) {
      const { entries } = ownerOf(row, file === 'run-task' ? [runTask, register] : [register]);
      const code = row.code === USUAL_CODE ? undefined : row.code;
      rows.push({ ...row, code, test, entries });
    }
  }
  return rows;
}

/** A task is also refused for what its definition has. */
function ownerOf({ parameter, name }, candidates) {
  const owner = candidates.find(({ paths }) => paths.includes(parameter));
  if (owner === undefined) throw new Error(`a refusal is about ${parameter}, which no request has: ${name}`);
  return owner;
}
