/**
 * Positions in the sources, for what is written of an error. Node's `--enable-source-maps` does the same, but reads the
 * map of each module with the module, and keeps it.
 */
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { dirname, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const POSITION = /file:\/\/[^\s():"]+\.mjs:\d+:\d+/g;

export class SourcePositions {
  readonly #directory: string;
  /** Kept while memory is not wanted for something else: a fault may be told of again and again. */
  readonly #maps = new Map<string, WeakRef<SourceMap>>();

  /** `program` is the path of the bundle; maps lie beside its modules. No other file is ever read. */
  constructor(program: string) {
    this.#directory = dirname(program) + sep;
  }

  /** `text` with each `file://….mjs:line:column` of the program's as the place in its source, where it is known. */
  inSources(text: string): string {
    return text.includes('.mjs:') ? text.replace(POSITION, (position) => this.#inSource(position)) : text;
  }

  #inSource(position: string): string {
    const [, url = '', line, column] = /^(.+):(\d+):(\d+)$/.exec(position) ?? [];
    try {
      const path = fileURLToPath(url);
      if (!path.startsWith(this.#directory)) return position;
      const entry = this.#map(path).findEntry(Number(line) - 1, Number(column) - 1);
      if (!('originalSource' in entry)) return position;
      const source = resolve(dirname(path), entry.originalSource);
      return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
    } catch {
      // There is no map, or it is not one.
      return position;
    }
  }

  #map(path: string): SourceMap {
    const known = this.#maps.get(path)?.deref();
    if (known !== undefined) return known;
    const map = new SourceMap(JSON.parse(readFileSync(`${path}.map`, 'utf8')));
    this.#maps.set(path, new WeakRef(map));
    return map;
  }
}
