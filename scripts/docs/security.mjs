/**
 * The table in docs/security.md, between its marks: what is tried, what stands against it, the test that tries it. The rest
 * of the page is written by hand. A test that is not there fails it, and so does a test of hostile things without a row.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../project.mjs';
import { ATTEMPTS } from './attempts.mjs';
import { hasTest, titlesIn } from './proofs.mjs';

/** All that they try stands in the table. */
const HOSTILE = [
  'test/support/isolation/attempts.ts',
  'test/root/hostile-image.root.test.ts',
  'test/root/hostile-task.root.test.ts',
  'test/root/process-privileges.root.test.ts',
];
const MARKS = [
  '<!-- Generated from scripts/docs/attempts.mjs by `npm run docs`. -->\n',
  '<!-- End of what is generated. -->\n',
];

export async function securityDocument() {
  const problems = [
    ...ATTEMPTS.filter(({ file, title }) => !hasTest(file, title)).map(
      ({ file, title }) => `${file} has no test '${title}'`,
    ),
    ...HOSTILE.flatMap((file) =>
      titlesIn(file)
        .filter((title) => !ATTEMPTS.some((row) => row.file === file && row.title === title))
        .map((title) => `the table of attempts lacks '${title}' of ${file}`),
    ),
  ];
  if (problems.length > 0) throw new Error(`\n${problems.join('\n')}`);
  const page = readFileSync(join(ROOT, 'docs/security.md'), 'utf8');
  const [before, rest = ''] = page.split(MARKS[0]);
  const [, after = ''] = rest.split(MARKS[1]);
  return `${before}${MARKS[0]}${table()}${MARKS[1]}${after}`;
}

function table() {
  const rows = ATTEMPTS.map(
    ({ attempt, defence, file, title }) => `| ${attempt} | ${defence} | [${shown(title)}](../${file}) |\n`,
  );
  return `\n| attempt | what stands against it | tried by |\n|---|---|---|\n${rows.join('')}\n`;
}

/** Cases of each runtime are one row. */
const shown = (title) => title.replace(' (${runtime})', '').replaceAll('|', '\\|');
