/** The licences of the npm packages that are bundled into the program: they ask to go where their code goes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './project.mjs';

/** Text of all of them, for the inputs of a bundle; packages under the same text share it. */
export function thirdPartyLicences(inputs) {
  const directories = new Set(inputs.map(packageDirectory).filter((found) => found !== undefined));
  const byText = new Map();
  for (const directory of directories) {
    const { name, version, license } = JSON.parse(
      readFileSync(join(ROOT, directory, 'package.json'), 'utf8'),
    );
    const text = licenceText(directory) ?? `Licence: ${license}`;
    byText.set(text, [...(byText.get(text) ?? []), `${name} ${version}`]);
  }
  const parts = [...byText].map(([text, names]) => `${names.join('\n')}\n\n${text.trim()}\n`);
  return `Neargate contains code of these packages.\n\n${parts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

/** `node_modules/@scope/name` of an input, the innermost. */
function packageDirectory(path) {
  return /^(.*\bnode_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
}

function licenceText(directory) {
  const file = readdirSync(join(ROOT, directory)).find((name) => /^licen[cs]e/i.test(name));
  return file === undefined ? undefined : readFileSync(join(ROOT, directory, file), 'utf8');
}
