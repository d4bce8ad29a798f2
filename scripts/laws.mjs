/**
 * The laws of the code that neither the compiler nor the linter knows (which layer may import which layer is in the
 * tsconfig files). Each has its reason here. Comments and tests are not looked at.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { files, ROOT } from './project.mjs';

const LONGEST_FILE = 300;

/** Static imports and re-exports, and dynamic imports. */
const IMPORTS = /^(?:import|export)\b[\w\s{},*]*'([^']+)';|\bimport\('([^']+)'\)/gm;

/** Parts that several drivers are made of. */
const DRIVER_PARTS = ['store-core', 'lmdb-file', 'http-client', 'file-system-places', 'x509'];

/** npm packages by layer; a layer that is not here may use any. */
const PACKAGES = {
  domain: [],
  ports: [],
  control: [],
  agent: [],
  wire: [/^@msgpack\/msgpack$/, /^@aws-sdk\//, /^@smithy\//],
  services: [/^@aws-sdk\//],
  linux: [/^koffi$/],
  cli: [/^@aws-sdk\/client-/],
};

/** Layers whose time and chance come from outside, so that tests can set them. */
const NO_CLOCK = ['domain', 'control', 'agent', 'services'];

/** Layers that may start programs. */
const STARTS_PROGRAMS = ['drivers', 'cli', 'main'];

const LAWS = [
  {
    words: 'is used by this layer, which may not use that package',
    find: ({ layer, specifiers }) =>
      specifiers.filter(
        (name) => isPackage(name) && !(PACKAGES[layer] ?? [/./]).some((rule) => rule.test(name)),
      ),
  },
  {
    words: 'is another driver: drivers never import one another, so that each can be replaced',
    find: ({ layer, path, specifiers }) =>
      specifiers.filter((name) => layer === 'drivers' && otherDriver(path, name)),
  },
  {
    words: 'is read outside src/main/config.ts, the one place that knows the environment',
    find: ({ path, code }) =>
      path === 'src/main/config.ts' ? [] : (code.match(/(?<![.\w])process\.env\b/g) ?? []),
  },
  {
    words: 'is used where time and chance come from Clock and IdSource',
    find: ({ layer, code }) =>
      NO_CLOCK.includes(layer)
        ? (code.match(/\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\brandomUUID\(|\bperformance\.now\(/g) ??
          [])
        : [],
  },
  {
    words: 'is used by a layer that starts no programs',
    find: ({ layer, specifiers }) =>
      STARTS_PROGRAMS.includes(layer) ? [] : specifiers.filter((name) => name === 'node:child_process'),
  },
  {
    words: `lines: a file stops at ${LONGEST_FILE}`,
    find: ({ lines }) => (lines > LONGEST_FILE ? [String(lines)] : []),
  },
];

/** What breaks a law, a line each. */
export function brokenLaws() {
  return files('src')
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.includes('/testing/'))
    .flatMap((path) => {
      const source = read(path);
      return LAWS.flatMap(({ words, find }) => find(source).map((what) => `${path}: ${what} ${words}`));
    });
}

function read(path) {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const specifiers = [...code.matchAll(IMPORTS)].map((match) => match[1] ?? match[2]);
  return { path, layer: path.split('/')[1], code, specifiers, lines: text.split('\n').length - 1 };
}

function isPackage(specifier) {
  return !specifier.startsWith('.') && !specifier.startsWith('node:');
}

function otherDriver(path, specifier) {
  const target = join(path, '..', specifier).split('/');
  const driver = target[1] === 'drivers' ? target[2] : undefined;
  return (
    specifier.startsWith('.') &&
    driver !== undefined &&
    driver !== path.split('/')[2] &&
    !DRIVER_PARTS.includes(driver)
  );
}
