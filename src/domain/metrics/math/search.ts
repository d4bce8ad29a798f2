/**
 * What SEARCH looks for: `{Namespace,Dim1,Dim2} MetricName="Name" term OR (other NOT third)`. Terms stand for words of
 * namespace, metric name, names and values of dimensions; in double quotes for one of these as a whole. A name and `=`
 * before a term says where to look.
 */
import type { MetricIdentity } from '../metric.ts';
import { ExpressionError } from './expression-error.ts';

type Matches = (metric: MetricIdentity) => boolean;

export interface Search {
  /** Of the schema in braces, where there is one. */
  readonly namespace: string | undefined;
  readonly matches: Matches;
}

interface Word {
  readonly kind: 'open' | 'close' | 'and' | 'or' | 'not' | 'term';
  readonly where: string | undefined;
  readonly text: string;
  readonly isWhole: boolean;
}

const SCHEMA = /^\s*\{([^{}]*)\}/;
const WORD = /\s*(?:([()])|(AND|OR|NOT)(?=[\s()]|$)|(?:([\w.:]+)=)?(?:"([^"]*)"|([^\s()"=]+)))/y;
const MAX_WORDS = 200;
const MAX_DEPTH = 50;

/** Throws ExpressionError. */
export function parseSearch(text: string): Search {
  const [head = '', schema] = SCHEMA.exec(text) ?? [];
  const [namespace, ...names] = (schema ?? '')
    .split(',')
    .map((part) => part.trim().replace(/^"(.*)"$/, '$1'));
  const terms = new TermReader(wordsOf(text.slice(head.length))).whole();
  if (schema === undefined) return { namespace: undefined, matches: terms };
  const wanted = names.sort().join('\n');
  return {
    namespace,
    matches: (metric) =>
      metric.namespace === namespace &&
      metric.dimensions.map(({ name }) => name).join('\n') === wanted &&
      terms(metric),
  };
}

function wordsOf(text: string): readonly Word[] {
  const words: Word[] = [];
  WORD.lastIndex = 0;
  while (WORD.lastIndex < text.trimEnd().length) {
    const at = WORD.lastIndex;
    const [, bracket, operator, where, quoted, plain] = WORD.exec(text) ?? [];
    if (bracket === undefined && operator === undefined && quoted === undefined && plain === undefined) {
      throw new ExpressionError(`The search is not valid at position ${at + 1}`);
    }
    const kind =
      bracket === undefined
        ? operator === undefined
          ? 'term'
          : (operator.toLowerCase() as 'and' | 'or' | 'not')
        : bracket === '('
          ? 'open'
          : 'close';
    words.push({ kind, where, text: quoted ?? plain ?? '', isWhole: quoted !== undefined });
    if (words.length > MAX_WORDS) throw new ExpressionError('The search has too many terms');
  }
  return words;
}

/** OR binds least, then AND, which may be left out, then NOT. */
class TermReader {
  readonly #words: readonly Word[];
  #next = 0;
  /** How many brackets and NOTs there were: nested or not, they are few. */
  #depth = 0;

  constructor(words: readonly Word[]) {
    this.#words = words;
  }

  whole(): Matches {
    if (this.#words.length === 0) return () => true;
    const matches = this.#either();
    if (this.#next < this.#words.length) throw new ExpressionError('The search has a bracket too many');
    return matches;
  }

  #either(): Matches {
    const choices = [this.#all()];
    while (this.#words[this.#next]?.kind === 'or') {
      this.#next += 1;
      choices.push(this.#all());
    }
    return (metric) => choices.some((matches) => matches(metric));
  }

  #all(): Matches {
    const parts = [this.#part()];
    for (;;) {
      const kind = this.#words[this.#next]?.kind;
      if (kind === undefined || kind === 'or' || kind === 'close') break;
      if (kind === 'and') this.#next += 1;
      parts.push(this.#part());
    }
    return (metric) => parts.every((matches) => matches(metric));
  }

  #part(): Matches {
    const word = this.#words[this.#next];
    this.#next += 1;
    if (word?.kind === 'term') return termMatches(word);
    if (++this.#depth > MAX_DEPTH) throw new ExpressionError('The search is nested too deeply');
    if (word?.kind === 'not') {
      const matches = this.#part();
      return (metric) => !matches(metric);
    }
    if (word?.kind !== 'open') throw new ExpressionError('The search lacks a term');
    const matches = this.#either();
    if (this.#words[this.#next]?.kind !== 'close') throw new ExpressionError('The search lacks a bracket');
    this.#next += 1;
    return matches;
  }
}

function termMatches({ where, text, isWhole }: Word): Matches {
  const wanted = wordsIn(text);
  const fits = (value: string): boolean => {
    if (isWhole) return value === text;
    const tokens = wordsIn(value);
    return wanted.every((token) => tokens.includes(token));
  };
  return (metric) => placesOf(metric, where).some(fits);
}

function placesOf(metric: MetricIdentity, where: string | undefined): readonly string[] {
  const { namespace, name, dimensions } = metric;
  if (where === undefined) {
    return [namespace, name, ...dimensions.flatMap((dimension) => [dimension.name, dimension.value])];
  }
  if (where === 'Namespace') return [namespace];
  if (where === 'MetricName') return [name];
  const dimension = where.replace(/^Dimension\.|^Dim\./, '');
  return dimensions.filter((each) => each.name === dimension).map(({ value }) => value);
}

/** Words as CloudWatch sees them: `CPUUtilization2` is cpu, utilization, 2. */
function wordsIn(text: string): readonly string[] {
  return text
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .replace(/([A-Za-z])(\d)/g, '$1 $2')
    .replace(/(\d)([A-Za-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((token) => token !== '');
}
