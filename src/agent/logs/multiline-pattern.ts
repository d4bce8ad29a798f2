/** Patterns that mark the first line of a log event: a regular expression, or a time in strftime's codes. Pure. */

/** The codes of awslogs; both cases of a name's letters are taken, as clocks write them. */
const DATETIME_CODES: Readonly<Record<string, string>> = {
  a: '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)',
  A: '(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)',
  b: '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)',
  B: '(?:January|February|March|April|May|June|July|August|September|October|November|December)',
  c: '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +\\d{1,2} \\d{2}:\\d{2}:\\d{2} \\d{4}',
  d: '(?:0[1-9]|[12][0-9]|3[01])',
  e: '(?: [1-9]|[12][0-9]|3[01])',
  f: '\\d{1,9}',
  H: '(?:[01][0-9]|2[0-3])',
  I: '(?:0[1-9]|1[0-2])',
  j: '(?:00[1-9]|0[1-9][0-9]|[12][0-9][0-9]|3[0-5][0-9]|36[0-6])',
  L: '\\.\\d{3}',
  m: '(?:0[1-9]|1[0-2])',
  M: '[0-5][0-9]',
  p: '[AP]M',
  s: '\\d{1,12}',
  S: '(?:[0-5][0-9]|60)',
  u: '[1-7]',
  U: '(?:[0-4][0-9]|5[0-3])',
  V: '(?:0[1-9]|[1-4][0-9]|5[0-3])',
  w: '[0-6]',
  W: '(?:[0-4][0-9]|5[0-3])',
  x: '\\d{2}/\\d{2}/\\d{2,4}',
  X: '\\d{2}:\\d{2}:\\d{2}',
  y: '\\d{2}',
  Y: '\\d{4}',
  z: '[+-]\\d{2}:?\\d{2}',
  Z: '[A-Z]{1,5}',
  n: '\\n',
  t: '\\t',
  '%': '%',
};

/** Codes that stand for several others. */
const COMPOUND_CODES: Readonly<Record<string, string>> = {
  D: '%m/%d/%y',
  F: '%Y-%m-%d',
  h: '%b',
  r: '%I:%M:%S %p',
  R: '%H:%M',
  T: '%H:%M:%S',
};

/** A regular expression for times of a format. Unknown codes stand for themselves. */
export function datetimePattern(format: string): string {
  const whole = format.replace(/%([DFhrRT])/g, (all: string, code: string) => COMPOUND_CODES[code] ?? all);
  return whole
    .split(/(%.)/s)
    .map((part) => {
      const code = part.length === 2 && part.startsWith('%') ? DATETIME_CODES[part.slice(1)] : undefined;
      return code ?? part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    })
    .join('');
}
