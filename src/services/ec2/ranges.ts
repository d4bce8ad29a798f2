/** Ranges in requests, with EC2's words for what is none. */
import { askedRange } from '../../domain/network/asked-range.ts';
import { invalidParameterValue } from './errors.ts';

/** Without the bits behind the prefix. Throws InvalidParameterValue. */
export function checkedRange(parameter: string, text: string): string {
  const range = askedRange(text);
  if (range !== undefined) return range;
  throw invalidParameterValue(
    `Value (${text}) for parameter ${parameter} is invalid. This is not a valid CIDR block.`,
  );
}
