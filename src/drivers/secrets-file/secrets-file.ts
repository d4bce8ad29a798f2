/**
 * The file of secrets: a JSON object, whose members stand for secrets of Secrets Manager and for parameters alike, each
 * a text or an object (whose JSON is the text). docs/how-to/secrets.md shows it. A member is named by
 * - the ARN;
 * - a secret's name, with or without the six characters that AWS adds to it in the ARN, or a parameter's name: it then
 *   counts for every region and account;
 * - any of these with `::STAGE:VERSION-ID` behind it, for versions of a secret other than the current one.
 */
import { parseArn } from '../../domain/arn.ts';
import { AppError } from '../../domain/errors.ts';
import type { SecretVersion } from '../../ports/secret-source.ts';

export type SecretsFile = Readonly<Record<string, string>>;

const RANDOM_SUFFIX = /-[A-Za-z0-9]{6}$/;

/** Reads the file's text. Throws `invalid`, whose message has nothing of the text but names of members. */
export function parseSecretsFile(text: string, path: string): SecretsFile {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    // The error's own message quotes the file.
    throw new AppError('invalid', `${path} holds no JSON${whereIn(text, error)}`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new AppError('invalid', `${path} does not hold a JSON object`);
  }
  const members = Object.entries(parsed).map(([name, value]: [string, unknown]) => {
    if (typeof value === 'string') return [name, value] as const;
    if (typeof value === 'object' && value !== null) return [name, JSON.stringify(value)] as const;
    throw new AppError('invalid', `${name} in ${path} must be a text or an object`);
  });
  return Object.fromEntries(members);
}

/** The text of a secret; undefined when the file has none of this name and version. */
export function findSecret(file: SecretsFile, version: SecretVersion, region: string): string | undefined {
  const suffix = versionSuffix(version);
  const names = [
    ...secretNames(version.secretId),
    ...Object.keys(file)
      .map((member) => (suffix === '' ? member : (member.split('::', 1)[0] ?? '')))
      .filter((member) => namesSecret(member, version.secretId, region)),
  ];
  return firstOf(
    file,
    names.map((name) => `${name}${suffix}`),
  );
}

/** The value of a parameter by its ARN or name; undefined when the file has none. */
export function findParameter(file: SecretsFile, name: string, region: string): string | undefined {
  const path = parameterPath(name);
  const names =
    path === undefined
      ? Object.keys(file).filter((member) => namesParameter(member, name, region))
      : [`/${path}`, path];
  return firstOf(file, [name, ...names]);
}

function firstOf(file: SecretsFile, names: readonly string[]): string | undefined {
  const found = names.find((name) => Object.hasOwn(file, name));
  return found === undefined ? undefined : file[found];
}

function versionSuffix({ versionStage = 'AWSCURRENT', versionId = '' }: SecretVersion): string {
  if (versionId === '') return versionStage === 'AWSCURRENT' ? '' : `::${versionStage}:`;
  return `::${versionStage === 'AWSCURRENT' ? '' : versionStage}:${versionId}`;
}

/** What a secret may be called in the file, the closest first. */
function secretNames(secretId: string): string[] {
  const name = secretNameOf(secretId);
  return name === undefined ? [secretId] : [secretId, name, name.replace(RANDOM_SUFFIX, '')];
}

/** Whether a member's ARN is that of the secret with this name in this region. */
function namesSecret(member: string, secretName: string, region: string): boolean {
  const name = secretNameOf(member);
  if (name === undefined || parseArn(member)?.region !== region) return false;
  return name === secretName || name.replace(RANDOM_SUFFIX, '') === secretName;
}

function secretNameOf(arn: string): string | undefined {
  const parsed = parseArn(arn);
  return parsed?.service === 'secretsmanager' ? parsed.resource.replace(/^secret:/, '') : undefined;
}

function namesParameter(member: string, name: string, region: string): boolean {
  return parameterPath(member) === name.replace(/^\//, '') && parseArn(member)?.region === region;
}

/** `app/key` of `arn:aws:ssm:…:parameter/app/key`, which is the ARN of `/app/key`. */
function parameterPath(arn: string): string | undefined {
  const parsed = parseArn(arn);
  return parsed?.service === 'ssm' ? parsed.resource.replace(/^parameter\//, '') : undefined;
}

/** The line of a syntax error, where the parser says the position. */
function whereIn(text: string, error: unknown): string {
  const position = /at position (\d+)/.exec(String(error))?.[1];
  return position === undefined ? '' : ` (line ${text.slice(0, Number(position)).split('\n').length})`;
}
