/**
 * Filter patterns for messages of fields between spaces: `[ip, user, ..., status = 4* && status != 404, bytes > 10]`.
 * Text in brackets or double quotes is one field. Without an ellipsis, the number of fields must be the same.
 */
import { comparison, type Scalar } from './compare-value.ts';
import { invalidPattern, parseNumber, PatternScanner, type Predicate } from './pattern-scanner.ts';

/** Compiles what stands between the brackets. */
export function compileFieldsPattern(body: string): Predicate<string> {
  const scanner = new PatternScanner(body);
  const before: Predicate<Scalar>[] = [];
  let after: Predicate<Scalar>[] | undefined;
  do {
    if (!scanner.take('...')) (after ?? before).push(field(scanner));
    else if (after === undefined) after = [];
    else throw invalidPattern();
  } while (scanner.take(','));
  if (!scanner.atEnd) throw invalidPattern();
  return (message) => matches(splitFields(message), before, after);
}

/** A field's name, alone or in conditions; no name at all is a field that may be anything. */
function field(scanner: PatternScanner): Predicate<Scalar> {
  let name: string | undefined;
  return scanner.expression<Scalar>(() => {
    scanner.skipSpace();
    const here = scanner.match(/\$?[\p{L}\p{N}_-]+/uy);
    name ??= here;
    if (here !== name) throw invalidPattern();
    const operator = scanner.operator();
    if (operator === undefined) return () => true;
    if (here === undefined) throw invalidPattern();
    return comparison(operator, scanner.operand());
  });
}

function matches(
  fields: readonly Scalar[],
  before: readonly Predicate<Scalar>[],
  after: readonly Predicate<Scalar>[] | undefined,
): boolean {
  const named = before.length + (after?.length ?? 0);
  if (after === undefined ? fields.length !== named : fields.length < named) return false;
  const tail = fields.length - (after?.length ?? 0);
  return (
    before.every((test, index) => test(fields[index] as Scalar)) &&
    (after ?? []).every((test, index) => test(fields[tail + index] as Scalar))
  );
}

function splitFields(message: string): Scalar[] {
  const fields: Scalar[] = [];
  for (const match of message.matchAll(/\[([^\]]*)\]|"((?:[^"\\]|\\[^])*)"|(\S+)/g)) {
    const text = match[1] ?? match[2] ?? match[3] ?? '';
    fields.push({ text, number: parseNumber(text) });
  }
  return fields;
}
