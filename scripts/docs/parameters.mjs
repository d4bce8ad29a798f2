/**
 * docs/task-definition-parameters.md: every member of what RegisterTaskDefinition and RunTask take, as the SDK's schemas
 * have them, with what it does here, what is refused, and the tests that show it. The tables are in parameters/; a
 * member that one of them lacks, or has too much, and a test that is not there fail the document.
 */
import { RegisterTaskDefinition$, RunTask$ } from '@aws-sdk/client-ecs';
import { join } from 'node:path';
import { ROOT } from '../project.mjs';
import { REGISTER_TASK_DEFINITION } from './parameters/register-task-definition.mjs';
import { refusals } from './parameters/refusals.mjs';
import { RUN_TASK } from './parameters/run-task.mjs';
import { hasTest } from './proofs.mjs';

const HEAD = `# Task definition parameters

<!-- Generated from the schemas of the AWS SDK, scripts/docs/parameters and test/support/ecs/refusals by \`npm run docs\`. -->

What Neargate does with every member of a request of RegisterTaskDefinition and of RunTask, and the tests that show it.

- **effect**: it does here what it does on Fargate.
- **stored**: it is checked, kept and shown, and does nothing; the reason stands beside it.
- **refused**: a definition for Fargate with it, or a task of it, is refused.

Answers to what is refused are in AWS's words where answers of AWS are on record; those marked † are ours.
\`constraint: …\` stands for \`1 validation error detected: Value '…' at '…' failed to satisfy constraint: …\`.
Registration refuses with ClientException, RunTask with InvalidParameterException unless said otherwise.
`;

const OPERATION_INPUT = 4;

export async function parametersDocument() {
  const { resolveShape } = await import(join(ROOT, 'dist/src/wire/shape.js'));
  const tables = [
    {
      title: 'RegisterTaskDefinition',
      operation: RegisterTaskDefinition$,
      entries: REGISTER_TASK_DEFINITION,
    },
    { title: 'RunTask', operation: RunTask$, entries: RUN_TASK },
  ].map((table) => ({ ...table, paths: membersOf(table.operation[OPERATION_INPUT], resolveShape) }));
  const rows = await refusals(tables);
  const problems = tables.flatMap((table) => problemsOf(table, rows));
  if (problems.length > 0) throw new Error(`\n${problems.join('\n')}`);
  return HEAD + tables.map((table) => section(table, rows)).join('');
}

/** The paths of all members: `a.b` in a structure, `a[].b` in a list of structures. */
function membersOf(schema, resolveShape, path = '') {
  const shape = resolveShape(schema);
  if (shape.kind === 'list') return membersOf(shape.member, resolveShape, `${path}[]`);
  if (shape.kind !== 'structure' && shape.kind !== 'union') return [];
  return shape.members.flatMap((member) => {
    const at = path === '' ? member.name : `${path}.${member.name}`;
    return [at, ...membersOf(member.schema, resolveShape, at)];
  });
}

function problemsOf({ title, paths, entries }, rows) {
  const lacking = paths.filter((path) => entries[path] === undefined);
  const odd = Object.keys(entries).filter((path) => !paths.includes(path));
  return [
    ...lacking.map((path) => `${title} has ${path}, which the table lacks`),
    ...odd.map((path) => `the table has ${path}, which ${title} does not have`),
    ...Object.entries(entries).flatMap(([path, entry]) => {
      return entryProblems(path, entry, entries, rows).map((problem) => `${title} ${path}: ${problem}`);
    }),
  ];
}

function entryProblems(path, entry, entries, rows) {
  if (entry.status === 'within') {
    const whole = entries[entry.parameter]?.status;
    const isInside = path.startsWith(entry.parameter) && (whole === 'refused' || whole === 'stored');
    return isInside ? [] : [`${entry.parameter} is not refused or stored as a whole`];
  }
  const missing = entry.proofs.filter(({ file, title }) => !hasTest(file, title));
  const problems = missing.map(({ file, title }) => `${file} has no test '${title}'`);
  const hasRow = rows.some(({ parameter, entries: of }) => of === entries && parameter.startsWith(path));
  if (entry.status === 'refused' && !hasRow) problems.push('nothing shows that it is refused');
  if (['effect', 'stored'].includes(entry.status) && entry.proofs.length === 0)
    problems.push('nothing shows it');
  return problems;
}

function section({ title, paths, entries }, rows) {
  const lines = paths.map((path) => {
    const entry = entries[path];
    const own = rows.filter(({ parameter, entries: of }) => of === entries && parameter === path);
    return `| \`${path}\` | ${stateOf(entry)} | ${own.map(answer).join('<br>')} | ${proof(entry, own)} |\n`;
  });
  return `
## ${title}

| parameter | here | refused | shown by |
|---|---|---|---|
${lines.join('')}`;
}

function stateOf(entry) {
  if (entry.status === 'within') return `with \`${entry.parameter}\``;
  return [`**${entry.status}**`, cell(entry.text)].filter((part) => part !== '').join(': ');
}

function answer({ name, code, message, words }) {
  const short = message.replace(
    /^1 validation error detected: .* failed to satisfy constraint: /,
    'constraint: ',
  );
  return `${cell(name)}: ${code === undefined ? '' : `${code}, `}\`${short.replaceAll('|', '\\|')}\`${words === 'ours' ? ' †' : ''}`;
}

function proof({ proofs = [] }, own) {
  const shown = [
    ...proofs.map(({ file, title }) => `[${cell(title)}](../${file})`),
    ...[...new Set(own.map(({ test }) => test))].map((test) => `[refusals](../${test})`),
  ];
  return shown.join('<br>');
}

const cell = (text) => text.replaceAll('|', '\\|');
