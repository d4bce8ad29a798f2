/** Constraints of the API on single members, in AWS's words. None shows any part of a value. */
import { ApiError } from '../../domain/errors.ts';

const NAME = /^\/?[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/;
const RESERVED = /^\/?(aws|ssm)/i;
const LONGEST_NAME = 1011;
const MOST_LEVELS = 15;
const LONGEST_STANDARD = 4096;
const LONGEST_ADVANCED = 8192;

export function invalid(message: string): ApiError {
  return new ApiError('ValidationException', message);
}

export const isParameterName = (name: string): boolean => NAME.test(name) && name.length <= LONGEST_NAME;

export function checkName(name: string | undefined): string {
  const given = name ?? '';
  if (!isParameterName(given) || RESERVED.test(given)) {
    throw invalid(
      'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
    );
  }
  if (given.includes('/') && !given.startsWith('/')) {
    throw invalid('Parameter name must be a fully qualified name.');
  }
  if (given.split('/').length - 1 > MOST_LEVELS) {
    throw new ApiError(
      'HierarchyLevelLimitExceededException',
      `Parameter name: can't have more than ${MOST_LEVELS} levels.`,
    );
  }
  return given;
}

/** The tier that a value of this length has. */
export function checkTier(tier: string | undefined, value: string): string {
  const length = Buffer.byteLength(value, 'utf8');
  if (length < 1) throw invalid('Value must have length greater than or equal to 1.');
  const asked = tier ?? 'Standard';
  if (asked !== 'Standard' && length <= LONGEST_ADVANCED) {
    return asked === 'Intelligent-Tiering' && length <= LONGEST_STANDARD ? 'Standard' : 'Advanced';
  }
  if (length <= LONGEST_STANDARD) return 'Standard';
  const [name, most] = asked === 'Standard' ? ['Standard', LONGEST_STANDARD] : ['Advanced', LONGEST_ADVANCED];
  throw invalid(`${name} tier parameters support a maximum parameter value of ${most} characters.`);
}
