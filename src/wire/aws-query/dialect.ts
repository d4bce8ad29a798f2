/** The dialect of awsQuery: names as they are, lists below `member`, unknown parameters let pass. */
import { ApiError } from '../../domain/errors.ts';
import { answerName, type QueryDialect } from '../query/dialect.ts';
import { type Parameter, shown } from '../query/parameters.ts';

const NO_ITEMS: Parameter = { text: undefined, below: new Map() };

export const AWS_DIALECT: QueryDialect = {
  fractions: false,
  requestName: answerName,
  itemsOf: (list) => list.below.get('member') ?? NO_ITEMS,
  unknown: () => undefined,
  missing: (path) =>
    new ApiError(
      'ValidationError',
      `1 validation error detected: Value null at '${lowerFirst(path)}' failed to satisfy constraint: Member must not be null`,
    ),
  invalid: (text, path) =>
    new ApiError('MalformedInput', `Invalid value ${shown(text)} for parameter ${shown(path)}`),
  invalidCharacter: (path) =>
    new ApiError('ValidationError', `The parameter ${shown(path)} contains an invalid character.`),
};

function lowerFirst(path: string): string {
  return path.charAt(0).toLowerCase() + path.slice(1);
}
