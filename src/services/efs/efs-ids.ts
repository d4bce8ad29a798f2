/** Ids of EFS's resources and the ARNs that may stand for them, by the patterns of AWS's API model. */
import { parseArn, type Scope } from '../../domain/arn.ts';
import type { EfsKind } from '../../domain/keys.ts';
import { checkText } from './constraints.ts';
import { notFound } from './errors.ts';

const PREFIXES: Readonly<Record<EfsKind, string>> = {
  'file-system': 'fs',
  'mount-target': 'fsmt',
  'access-point': 'fsap',
};

const MAX_LENGTH = 128;

/** Seventeen digits of which the first is 0, as AWS's are. */
export function efsId(kind: EfsKind, hex: (length: number) => string): string {
  return `${PREFIXES[kind]}-0${hex(16)}`;
}

/**
 * The id that a text names: an id itself, or an ARN (mount targets have none). Throws ValidationException when it is
 * neither, and the kind's NotFound for an ARN of another account or region.
 */
export function readId(kind: EfsKind, path: string, text: string, scope: Scope): string {
  checkText(path, text, { max: MAX_LENGTH, pattern: patternOf(kind) });
  const arn = parseArn(text);
  if (arn === undefined) return text;
  const id = text.slice(text.lastIndexOf('/') + 1);
  if (arn.account !== scope.account || arn.region !== scope.region) throw notFound(kind, id);
  return id;
}

function patternOf(kind: EfsKind): string {
  const id = `${PREFIXES[kind]}-[0-9a-f]{8,40}`;
  if (kind === 'mount-target') return `^${id}$`;
  return `^(arn:aws[-a-z]*:elasticfilesystem:[0-9a-z-:]+:${kind}/${id}|${id})$`;
}
