/**
 * Puts the settings together: flags win over variables, variables over the settings file, and that over the defaults.
 * The file is the one that --config (or NEARGATE_CONFIG) names, else /etc/neargate/neargate.json, else neargate.json
 * in the data directory. A value that is refused, an unknown name: SettingsError, whose message says where it stands.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rangesMeet } from '../../domain/network/asked-range.ts';
import { Problem } from './kinds.ts';
import { SETTINGS, type SettingKey, type SettingNames, type Settings, settingNames } from './settings.ts';
import type { Host } from './setting.ts';

export type Flags = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
export type Environment = Readonly<Record<string, string | undefined>>;

/** For people: what is wrong with the settings, and where. */
export class SettingsError extends Error {}

export const SYSTEM_SETTINGS_FILE = '/etc/neargate/neargate.json';
const FILE_IN_DATA_DIR = 'neargate.json';
const FILE_VARIABLE = 'NEARGATE_CONFIG';

interface Source {
  /** Ends the sentence "… (in <words>)". */
  readonly words: (names: SettingNames) => string;
  readonly value: (names: SettingNames) => unknown;
}

export function loadSettings(flags: Flags, environment: Environment, host: Host): Settings {
  refuseUnknownVariables(environment);
  const flagSource: Source = { words: ({ flag }) => `--${flag}`, value: ({ flag }) => flags[flag] };
  const variableSource: Source = {
    words: ({ variable }) => variable,
    value: ({ variable }) => environment[variable] || undefined,
  };
  const names = settingNames();
  const before = [flagSource, variableSource];
  // Where the data directory is decides which file may say the rest.
  const dataDir = namesOf(names, 'dataDir');
  const chosen = flags['config'] ?? (environment[FILE_VARIABLE] || undefined);
  const file = chosen === undefined ? systemFile() : readSettingsFile(String(chosen));
  const above = file === undefined ? before : [...before, file];
  const dataDirectory = resolve(dataDir, above, host) as string;
  const below = file ?? readSettingsFile(join(dataDirectory, FILE_IN_DATA_DIR), 'optional');
  const sources = below === undefined ? before : [...before, below];
  const values = names.map((each) => [each.key, resolve(each, sources, host)] as const);
  const settings = Object.fromEntries([...values, ['dataDir', dataDirectory]]) as Settings;
  checkTogether(settings);
  return deepFreeze(settings);
}

function resolve(names: SettingNames, sources: readonly Source[], host: Host): unknown {
  const { kind, fallback } = SETTINGS[names.key];
  const source = sources.find((each) => each.value(names) !== undefined);
  try {
    return kind.read(source === undefined ? fallback(host) : source.value(names));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw new SettingsError(`${source?.words(names) ?? names.member} ${error.message}.`);
  }
}

function namesOf(all: readonly SettingNames[], key: SettingKey): SettingNames {
  const found = all.find((names) => names.key === key);
  if (found === undefined) throw new Error(`no setting ${key}`);
  return found;
}

function systemFile(): Source | undefined {
  return readSettingsFile(SYSTEM_SETTINGS_FILE, 'optional');
}

function readSettingsFile(path: string, need: 'optional' | 'required' = 'required'): Source | undefined {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (need === 'optional' && (code === 'ENOENT' || code === 'EACCES')) return undefined;
    throw new SettingsError(`The settings file ${path} cannot be read (${code}).`);
  }
  const values = parseObject(content, path);
  const members = settingNames().map(({ member }) => member);
  const unknown = Object.keys(values).find((name) => !members.includes(name));
  if (unknown !== undefined)
    throw new SettingsError(`The settings file ${path} has an unknown setting: ${unknown}.`);
  return { words: ({ member }) => `${member} in ${path}`, value: ({ member }) => values[member] };
}

/** An empty file sets nothing; with /dev/null for one, the machine's settings are left aside. */
function parseObject(content: string, path: string): Readonly<Record<string, unknown>> {
  if (content.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(content);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // The same answer as for JSON of another form.
  }
  throw new SettingsError(`The settings file ${path} does not hold a JSON object.`);
}

/** A misspelt variable would otherwise be without effect, silently. */
function refuseUnknownVariables(environment: Environment): void {
  const known = new Set([...settingNames().map(({ variable }) => variable), FILE_VARIABLE, 'NEARGATE_SETUP']);
  const unknown = Object.keys(environment).find((name) => name.startsWith('NEARGATE_') && !known.has(name));
  if (unknown !== undefined) throw new SettingsError(`The variable ${unknown} is not a setting of Neargate.`);
}

function checkTogether(settings: Settings): void {
  if (settings.open && !isLoopback(settings.listen.host)) {
    throw new SettingsError(
      `open takes any access key, so it is refused while listening on ${settings.listen.host}: listen on 127.0.0.1.`,
    );
  }
  if (settings.s3CredentialsFile !== undefined && settings.s3Endpoint === undefined) {
    throw new SettingsError('s3CredentialsFile signs requests to s3Endpoint, which is not set.');
  }
  for (const [endpoint, profile] of SIGNED_ENDPOINTS) {
    if (settings[endpoint] === undefined || settings[profile] !== undefined) continue;
    throw new SettingsError(`${endpoint} is asked with the keys of ${profile}, which is not set.`);
  }
  checkRanges(settings);
}

const SIGNED_ENDPOINTS = [
  ['roleCredentialsEndpoint', 'roleCredentialsProfile'],
  ['secretsEndpoint', 'secretsProfile'],
] as const;

const RANGES = ['vpcCidr', 'uplinkCidr', 'publicCidr', 'serviceCidr'] as const;

function checkRanges(settings: Settings): void {
  for (const [index, one] of RANGES.entries()) {
    const other = RANGES.slice(index + 1).find((name) => rangesMeet(settings[one], settings[name]));
    if (other === undefined) continue;
    throw new SettingsError(
      `${one} and ${other} have addresses in common: ${settings[one]} and ${settings[other]}.`,
    );
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) deepFreeze(member);
    Object.freeze(value);
  }
  return value;
}
