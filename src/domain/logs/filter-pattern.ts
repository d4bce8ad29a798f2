/**
 * Filter patterns of CloudWatch Logs: a test over messages, compiled once. Three kinds, told by the first character:
 * terms (`ERROR -"not this" ?either ?or %regex%`), JSON (`{ … }`) and fields (`[ … ]`).
 * Refused patterns throw InvalidParameterException in AWS's words.
 */
import { compileFieldsPattern } from './fields-pattern.ts';
import { compileJsonPattern } from './json-pattern.ts';
import { invalidPattern, PatternScanner, type Predicate } from './pattern-scanner.ts';

/** Compiles a pattern; an empty one matches every message. */
export function compileFilterPattern(pattern: string): Predicate<string> {
  const text = pattern.trim();
  if (text === '') return () => true;
  if (text.startsWith('{')) return compileJsonPattern(inside(text, '{', '}'));
  if (text.startsWith('[')) return compileFieldsPattern(inside(text, '[', ']'));
  return compileTerms(text);
}

function inside(text: string, open: string, close: string): string {
  if (text.length < 2 || !text.endsWith(close)) {
    throw invalidPattern(`If a filter pattern starts with '${open}' it must end with '${close}'`);
  }
  return text.slice(1, -1);
}

function compileTerms(text: string): Predicate<string> {
  const scanner = new PatternScanner(text);
  const required: Predicate<string>[] = [];
  const excluded: Predicate<string>[] = [];
  const optional: Predicate<string>[] = [];
  while (!scanner.atEnd) {
    const list = scanner.takeHere('-') ? excluded : scanner.takeHere('?') ? optional : required;
    list.push(term(scanner));
  }
  // AWS ignores optional terms as soon as there is a term of another kind.
  const anyOf = required.length + excluded.length > 0 ? [] : optional;
  return (message) =>
    required.every((test) => test(message)) &&
    !excluded.some((test) => test(message)) &&
    (anyOf.length === 0 || anyOf.some((test) => test(message)));
}

function term(scanner: PatternScanner): Predicate<string> {
  const regex = scanner.regex();
  if (regex !== undefined) return regex;
  const quoted = scanner.quoted();
  if (quoted === '') throw invalidPattern(`Invalid character(s) in term '""'`);
  // AWS documents `" "` as the way to match everything.
  if (quoted?.trim() === '') return () => true;
  const text = quoted ?? scanner.match(/[\p{L}\p{N}_]+/uy);
  if (text === undefined) {
    throw invalidPattern(`Invalid character(s) in term '${scanner.match(/[^\p{L}\p{N}_\s]*/uy) ?? ''}'`);
  }
  if (quoted === undefined) {
    const bad = scanner.match(/[^\p{L}\p{N}_\s]+/uy);
    if (bad !== undefined) throw invalidPattern(`Invalid character(s) in term '${bad}'`);
  }
  return (message) => message.includes(text);
}
