/** The files of an image in memory: layers applied one after the other, with their whiteouts; links stay inside. */
import type { TarItem } from './tar-reader.ts';

type Node =
  | { readonly type: 'directory'; readonly children: Map<string, Node> }
  | { readonly type: 'file'; readonly content: Buffer }
  | { readonly type: 'link'; readonly target: string }
  | { readonly type: 'other' };

type Directory = Extract<Node, { type: 'directory' }>;

const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';
const MAX_LINKS = 40;

export class FileTree {
  readonly #root: Directory = { type: 'directory', children: new Map() };
  #bytes = 0;

  /** Bytes of all files ever put in. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Puts a layer on top. */
  apply(items: readonly TarItem[]): void {
    // What hides, hides what is below, not what comes in the same layer.
    for (const item of items) this.#hide(item);
    for (const item of items) this.#put(item);
  }

  /** A regular file; undefined when there is none. */
  read(path: string): Buffer | undefined {
    const stack: Directory[] = [this.#root];
    let names = componentsOf(path);
    for (let links = 0; names.length > 0; ) {
      const [name, ...rest] = names as [string, ...string[]];
      names = rest;
      if (name === '..') {
        if (stack.length > 1) stack.pop();
        continue;
      }
      const node = (stack.at(-1) as Directory).children.get(name);
      if (node?.type === 'directory') stack.push(node);
      else if (node?.type === 'link') {
        links += 1;
        if (links > MAX_LINKS) return undefined;
        if (node.target.startsWith('/')) stack.length = 1;
        names = [...componentsOf(node.target), ...rest];
      } else return node?.type === 'file' && rest.length === 0 ? node.content : undefined;
    }
    return undefined;
  }

  #hide(item: TarItem): void {
    const { parent, name } = split(item.path);
    if (!name.startsWith(WHITEOUT)) return;
    const directory = this.#directory(parent);
    if (name === OPAQUE) directory.children.clear();
    else directory.children.delete(name.slice(WHITEOUT.length));
  }

  #put(item: TarItem): void {
    const { parent, name } = split(item.path);
    if (name === '' || name.startsWith(WHITEOUT)) return;
    const { children } = this.#directory(parent);
    switch (item.type) {
      case 'directory':
        this.#directory([...parent, name]);
        return;
      case 'file':
        this.#bytes += item.content.length;
        children.set(name, { type: 'file', content: item.content });
        return;
      case 'link':
        children.set(name, { type: 'link', target: item.target });
        return;
      case 'hard-link': {
        const content = this.read(item.target);
        children.set(name, content === undefined ? { type: 'other' } : { type: 'file', content });
        return;
      }
      case 'other':
        children.set(name, { type: 'other' });
    }
  }

  /** Makes the directories on the way; whatever else is there gives way to them. */
  #directory(path: readonly string[]): Directory {
    let at = this.#root;
    for (const name of path) {
      let next = at.children.get(name);
      if (next?.type !== 'directory') {
        next = { type: 'directory', children: new Map() };
        at.children.set(name, next);
      }
      at = next;
    }
    return at;
  }
}

function split(path: string): { parent: string[]; name: string } {
  const names = componentsOf(path).filter((name) => name !== '..');
  return { parent: names.slice(0, -1), name: names.at(-1) ?? '' };
}

function componentsOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}
