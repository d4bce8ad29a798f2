/** EC2's dialect: names with capitals, lists without a level of their own, strictness, and its errors' words. */
import { ApiError } from '../../domain/errors.ts';
import { answerName, type QueryDialect } from '../query/dialect.ts';
import { shown } from '../query/parameters.ts';

export const EC2_DIALECT: QueryDialect = {
  fractions: false,
  /** EC2's own name, or the XML name with a capital. */
  requestName({ name, traits }) {
    const own = traits['ec2QueryName'];
    if (typeof own === 'string') return own;
    const plain = answerName({ name, traits });
    return plain.charAt(0).toUpperCase() + plain.slice(1);
  },
  itemsOf: (list) => list,
  unknown(path) {
    throw new ApiError('UnknownParameter', `The parameter ${shown(path)} is not recognized`);
  },
  missing: (path) => new ApiError('MissingParameter', `The request must contain the parameter ${path}`),
  invalid: (text, path, expectation) =>
    new ApiError(
      'InvalidParameterValue',
      `Value (${shown(text)}) for parameter ${shown(path)} is invalid. ${expectation}`,
    ),
  invalidCharacter: (path) =>
    new ApiError('InvalidCharacter', `The parameter ${shown(path)} contains an invalid character.`),
};
