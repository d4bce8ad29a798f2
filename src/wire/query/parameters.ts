/**
 * The parameters of a request as a tree: `Filter.1.Value.2=x` lies at Filter → 1 → Value → 2. Bounded in number,
 * depth and, by the front door, in bytes. Names that object prototypes have are names like any other.
 */
import { ApiError } from '../../domain/errors.ts';

/** A parameter's own text, what lies below its name, or both. */
export interface Parameter {
  text: string | undefined;
  readonly below: Map<string, Parameter>;
}

/** AWS's CloudWatch takes a request of 1 MB, which holds some 27,000. */
const MAX_PARAMETERS = 30_000;
const MAX_DEPTH = 16;

/** Takes form text apart (a body, or the query of a URL). Throws ApiError when it is malformed. */
export function parseParameters(text: string): Parameter {
  const root: Parameter = { text: undefined, below: new Map() };
  let count = 0;
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    count += 1;
    if (count > MAX_PARAMETERS) throw malformed('The request has too many parameters.');
    const equals = pair.indexOf('=');
    const name = decode(equals === -1 ? pair : pair.slice(0, equals));
    put(root, name, equals === -1 ? '' : decode(pair.slice(equals + 1)));
  }
  return root;
}

function put(root: Parameter, name: string, text: string): void {
  const parts = name.split('.');
  if (parts.length > MAX_DEPTH) throw malformed('The request has a parameter that is nested too deeply.');
  let parameter = root;
  for (const part of parts) {
    const known = parameter.below.get(part);
    const next = known ?? { text: undefined, below: new Map<string, Parameter>() };
    if (known === undefined) parameter.below.set(part, next);
    parameter = next;
  }
  if (parameter.text !== undefined) throw malformed(`The parameter ${shown(name)} is there more than once.`);
  parameter.text = text;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw malformed('The query string contains a syntax error.');
  }
}

/** What of a caller's text messages repeat. */
export function shown(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

function malformed(message: string): ApiError {
  return new ApiError('MalformedQueryString', message);
}
