/**
 * Environment files: where they lie in S3, what their lines mean, and which value counts where several set one variable.
 * Lines are read as AWS's agent reads them: a line that begins with `#`, has no `=` or nothing before it is passed over;
 * all that follows the first `=` is the value, quotes and blanks included.
 */
import { AppError } from '../errors.ts';

export interface EnvironmentVariable {
  readonly name: string;
  readonly value: string;
}

export interface S3Location {
  readonly bucket: string;
  readonly key: string;
}

export const MAX_ENVIRONMENT_FILE_BYTES = 2 ** 20;
/** With its end; longer ones AWS's agent does not read either. */
const MAX_LINE_BYTES = 64 * 1024;
const MOST_BYTES_A_UNIT = 3;

/** The bucket and key of `arn:aws:s3:::bucket/key`. Throws `invalid` in AWS's words. */
export function parseEnvironmentFileArn(arn: string): S3Location {
  const [, bucket, key] = /^arn:[^:]+:s3:::([^/]+)\/(.+)$/s.exec(arn) ?? [];
  if (bucket === undefined || key === undefined) {
    throw new AppError(
      'invalid',
      `unable to parse bucket and key from s3 ARN specified in environmentFile ${arn}, error: invalid s3 arn: ${arn}`,
    );
  }
  if (key.split('/').some((part) => part === '.' || part === '..')) {
    throw new AppError('invalid', downloadFailureText({ bucket, key }, 'the key leads out of its bucket'));
  }
  return { bucket, key };
}

/** AWS's words for an object that could not be had. */
export function downloadFailureText({ bucket, key }: S3Location, error: string): string {
  return `unable to download env file with key ${key} from bucket ${bucket}, error: ${error}`;
}

/** The variables of one file, each with the value of its last line. Throws `invalid`, without any of the text. */
export function parseEnvironmentFile(text: string): EnvironmentVariable[] {
  const values = new Map<string, string>();
  for (const [index, whole] of text.split('\n').entries()) {
    checkLine(whole, index + 1);
    const line = whole.endsWith('\r') ? whole.slice(0, -1) : whole;
    const equals = line.indexOf('=');
    if (line.startsWith('#') || equals <= 0) continue;
    values.set(line.slice(0, equals), line.slice(equals + 1));
  }
  return [...values].map(([name, value]) => ({ name, value }));
}

/** The variables of all files of a container: of those that set the same one, the first file counts. */
export function mergeEnvironmentFiles(
  files: readonly (readonly EnvironmentVariable[])[],
): EnvironmentVariable[] {
  return layered([...files].reverse());
}

/** Later layers win; each variable once. */
function layered(layers: readonly (readonly EnvironmentVariable[])[]): EnvironmentVariable[] {
  const values = new Map(layers.flat().map(({ name, value }) => [name, value]));
  return [...values].map(([name, value]) => ({ name, value }));
}

function checkLine(line: string, number: number): void {
  if (line.length * MOST_BYTES_A_UNIT >= MAX_LINE_BYTES && utf8Length(line) >= MAX_LINE_BYTES) {
    throw new AppError('invalid', `line ${number}: bufio.Scanner: token too long`);
  }
  // No process can have it in its environment.
  if (line.includes('\0')) throw new AppError('invalid', `line ${number} has a NUL character`);
}

function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
