/**
 * Writes the documents that are made from the code: docs/config.md, docs/errors.md, docs/api-coverage.md,
 * docs/metrics.md, docs/task-definition-parameters.md, docs/platform-versions.md, the table in docs/security.md.
 * `--check` writes nothing and fails when one of them is not what it would write.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { coverageDocument } from './docs/api-coverage.mjs';
import { configDocument } from './docs/config.mjs';
import { errorsDocument } from './docs/errors.mjs';
import { metricsDocument } from './docs/metrics.mjs';
import { parametersDocument } from './docs/parameters.mjs';
import { platformsDocument } from './docs/platforms.mjs';
import { securityDocument } from './docs/security.mjs';
import { ROOT } from './project.mjs';

const DOCUMENTS = {
  'docs/config.md': configDocument,
  'docs/errors.md': errorsDocument,
  'docs/api-coverage.md': coverageDocument,
  'docs/metrics.md': metricsDocument,
  'docs/task-definition-parameters.md': parametersDocument,
  'docs/platform-versions.md': platformsDocument,
  'docs/security.md': securityDocument,
};

function current(path) {
  try {
    return readFileSync(join(ROOT, path), 'utf8');
  } catch {
    return '';
  }
}

async function main() {
  const check = process.argv.includes('--check');
  let status = 0;
  for (const [path, write] of Object.entries(DOCUMENTS)) {
    const text = await write().catch((error) => {
      console.error(`${path} cannot be made: ${error.message}`);
    });
    if (text === undefined) status = 1;
    if (text === undefined || text === current(path)) continue;
    if (check) {
      console.error(`${path} is not what the code says: run npm run docs.`);
      status = 1;
    } else {
      mkdirSync(join(ROOT, 'docs'), { recursive: true });
      writeFileSync(join(ROOT, path), text);
      console.log(`Wrote ${path}.`);
    }
  }
  return status;
}

process.exitCode = await main();
