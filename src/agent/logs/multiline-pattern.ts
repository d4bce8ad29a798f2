/** Patterns that mark the first line of a log event: a regular expression, or a time in strftime's words. Pure. */
import { AppError } from '../../domain/errors.ts';

const DATETIME_CODES: Readonly<Record<string, string>> = {
  a: '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)',
  A: '(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)',
  b: '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)',
  B: '(?:January|February|March|April|May|June|July|August|September|October|November|December)',
  d: '(?:0[1-9]|[12][0-9]|3[01])',
  f: '\\d{1,9}',
  H: '(?:[01][0-9]|2[0-3])',
  I: '(?:0[1-9]|1[0-2])',
  j: '(?:00[1-9]|0[1-9][0-9]|[12][0-9][0-9]|3[0-5][0-9]|36[0-6])',
  L: '\\.\\d{3}',
  m: '(?:0[1-9]|1[0-2])',
  M: '[0-5][0-9]',
  p: '[AP]M',
  S: '[0-5][0-9]',
  w: '[0-6]',
  y: '\\d{2}',
  Y: '\\d{4}',
  z: '[+-]\\d{4}',
  Z: '[A-Z]{1,4}',
  '%': '%',
};

/** Throws `invalid` for a text that is no regular expression. Go's leading flags, `(?i)`, are understood. */
export function linePattern(text: string): RegExp {
  const [, flags = '', body = text] = /^\(\?([ims]+)\)(.*)$/s.exec(text) ?? [];
  try {
    return new RegExp(body, flags);
  } catch (cause) {
    const message = `awslogs could not parse multiline pattern key "${text}"`;
    throw new AppError('invalid', message, { cause });
  }
}

/** Unknown codes stand for themselves. */
export function datetimePattern(format: string): RegExp {
  const parts = format.split(/(%.)/s).map((part) => {
    const code = part.length === 2 && part.startsWith('%') ? DATETIME_CODES[part.slice(1)] : undefined;
    return code ?? part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(parts.join(''));
}
