/** docs/errors.md: the two closed sets of errors, from the code that throws them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { files, ROOT } from '../project.mjs';
import { services } from './services.mjs';

const HEAD = `# Errors

<!-- Generated from src/domain/errors.ts, src/services and src/wire by \`npm run docs\`. -->

Two closed sets, both in src/domain/errors.ts. A task that fails is neither: it is a stop code with a reason, on the task.

## What AWS's clients see

\`ApiError\`: a code that AWS knows, a message in AWS's words, the HTTP status of AWS's own model.
`;

/** What each kind says to whoever catches it. */
const KINDS = {
  'not-found': 'What was asked for is not there.',
  'already-exists': 'Something else of that name is there.',
  invalid: 'The request makes no sense, whatever the state of things.',
  'failed-precondition':
    'The state of things does not allow it; another try makes no difference until that changes.',
  conflict: 'Somebody else changed the same thing at the same time.',
  unavailable: 'Something that is needed does not answer.',
  deadline: 'It took too long; it may have had its effect.',
  aborted: 'Whoever asked for it has called it off.',
  unimplemented: 'This driver, or this machine, cannot do it.',
  internal: 'A fault of ours.',
};

const CODE = /'([A-Z]\w*(?:Exception|Failure|Unavailable))'/g;
/** Where a service's own exceptions are looked for, any name may be one. */
const NAME = /'([A-Z]\w+)'/g;

export async function errorsDocument() {
  const load = (path) => import(join(ROOT, 'dist/src', path));
  const [{ AppError, ApiError, ERROR_KINDS }, { ExceptionTable }, { SchemaCodecs }] = await Promise.all([
    load('domain/errors.js'),
    load('wire/aws-json/exceptions.js'),
    load('wire/aws-json/operation-codec.js'),
  ]);
  const modelled = (await services()).filter(({ namespace }) => namespace !== undefined);
  const tables = modelled.map(({ namespace, ...service }) => ({
    ...service,
    table: new ExceptionTable(namespace, new SchemaCodecs()),
  }));
  const sections = tables.map(({ title, folder, table, sharesRules = true }) => {
    const shared = sharesRules ? codesIn('src/domain') : [];
    const codes = [...codesIn(`src/services/${folder}`, NAME), ...shared].filter((code) => table.has(code));
    return section(title, codes, (code) => table.envelope(new ApiError(code, '')).status);
  });
  const common = codesIn('src/wire').filter((code) => tables.every(({ table }) => !table.has(code)));
  return [
    HEAD,
    ...sections,
    commonSection(common),
    kindsSection(ERROR_KINDS, (kind) => new AppError(kind, '').retryable),
  ].join('');
}

/** In the order of the alphabet, each once. */
function inOrder(codes) {
  return [...new Set(codes)].sort((one, other) => (one < other ? -1 : 1));
}

function commonSection(codes) {
  const names = inOrder(codes).map((code) => `\`${code}\``);
  return `
### Every service

Before a service is reached, from AWS's common errors: ${names.join(', ')}.
`;
}

function section(title, codes, statusOf) {
  return `
### ${title}

| code | HTTP status |
|---|---|
${inOrder(codes)
  .map((code) => `| \`${code}\` | ${statusOf(code)} |\n`)
  .join('')}`;
}

function kindsSection(kinds, isRetryable) {
  const described = Object.keys(KINDS);
  const odd = [
    ...kinds.filter((kind) => !described.includes(kind)),
    ...described.filter((kind) => !kinds.includes(kind)),
  ];
  if (odd.length > 0)
    throw new Error(`scripts/docs/errors.mjs and src/domain/errors.ts differ in: ${odd.join(', ')}`);
  return `
## What drivers throw

\`AppError\`: told apart by its kind, never by its text. Some are worth another try later, without a change by anyone.

| kind | meaning | try again |
|---|---|---|
${kinds.map((kind) => `| \`${kind}\` | ${KINDS[kind]} | ${isRetryable(kind) ? 'yes' : 'no'} |\n`).join('')}`;
}

/** Names of exceptions in the sources below a folder. */
function codesIn(folder, pattern = CODE) {
  return files(folder)
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .flatMap((path) =>
      [...readFileSync(join(ROOT, path), 'utf8').matchAll(pattern)].map((match) => match[1]),
    );
}
