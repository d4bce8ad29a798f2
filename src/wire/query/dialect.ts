/** In what the query protocols of AWS differ. */
import type { ApiError } from '../../domain/errors.ts';
import type { MemberShape } from '../shape.ts';
import type { Parameter } from './parameters.ts';

export interface QueryDialect {
  /** Numbers may have fractions. */
  readonly fractions: boolean;
  /** How a member of a structure is called in a request. */
  requestName(member: MemberShape): string;
  /** Where the numbered items of a list are. */
  itemsOf(list: Parameter): Parameter;
  /** A parameter that the schema does not have: refused by an exception, or let pass. */
  unknown(path: string): void;
  missing(path: string): ApiError;
  invalid(text: string, path: string, expectation: string): ApiError;
  /** Text with characters that XML cannot carry. */
  invalidCharacter(path: string): ApiError;
}

/** How a member is called in an answer: the name of its XML element. */
export function answerName({ name, traits }: Pick<MemberShape, 'name' | 'traits'>): string {
  return typeof traits['xmlName'] === 'string' ? traits['xmlName'] : name;
}
