/** Tests as proofs of what documents say: by file and title, so that a test that is gone, or called otherwise, is noticed. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../project.mjs';

const texts = new Map();

/** Whether the file has a test of that title; a case of a table has its title by name. */
export function hasTest(file, title) {
  const text = textOf(file);
  return ["it('", 'it("', 'it(`', "name: '"].some((before) =>
    text.includes(`${before}${title}${before.at(-1)}`),
  );
}

/** The titles of a file's tests; of the cases of its table, where it has no tests. */
export function titlesIn(file) {
  const titles = (before) =>
    [...textOf(file).matchAll(new RegExp(`\\b${before}(['\`])((?:(?!\\1).)*)\\1`, 'g'))].map(
      (match) => match[2],
    );
  const tests = titles('it\\(');
  return tests.length > 0 ? tests : titles('name: ');
}

/** Without the breaks that format puts before a long title; `itWith(…)(` is an `it(` for some runtimes. */
function textOf(file) {
  if (!texts.has(file)) {
    const path = join(ROOT, file);
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    texts.set(file, text.replace(/\bit(?:With\([^()]*\))?\(\s*/g, 'it('));
  }
  return texts.get(file);
}
