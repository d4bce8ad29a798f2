/** The files of an image in memory: layers applied one after the other, with their whiteouts; links stay inside. */
import type { TarAttributes, TarItem } from './tar-reader.ts';

export type Node = { readonly attributes: TarAttributes } & (
  | { readonly type: 'directory'; readonly children: Map<string, Node> }
  | { readonly type: 'file'; readonly content: Buffer }
  | { readonly type: 'link'; readonly target: string }
  | { readonly type: 'fifo' | 'other' }
);
export type Directory = Extract<Node, { type: 'directory' }>;

const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';
const MAX_LINKS = 40;
/** Of directories that no layer describes. */
const ROOTS_OWN: TarAttributes = { uid: 0, gid: 0, mode: 0o755, mtime: 0, xattrs: new Map() };

export class FileTree {
  #root: Directory = { type: 'directory', attributes: ROOTS_OWN, children: new Map() };
  #bytes = 0;
  #count = 0;

  /** Bytes of all files ever put in. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many things were ever put in. */
  get count(): number {
    return this.#count;
  }

  /** Puts a layer on top. */
  apply(items: readonly TarItem[]): void {
    // What hides, hides what is below, not what comes in the same layer.
    for (const item of items) this.#hide(item);
    for (const item of items) this.#put(item);
    this.#count += items.length;
  }

  /** What is at a path, links followed; undefined when there is nothing. */
  find(path: string): Node | undefined {
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
      } else return rest.length === 0 ? node : undefined;
    }
    return stack.at(-1);
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
    if (name.startsWith(WHITEOUT)) return;
    const { attributes } = item;
    if (item.type === 'directory') {
      const own = {
        type: 'directory',
        attributes,
        children: this.#directory([...parent, name]).children,
      } as const;
      if (name === '') this.#root = own;
      else this.#directory(parent).children.set(name, own);
    } else if (name !== '') {
      this.#directory(parent).children.set(name, this.#leaf(item));
    }
  }

  #leaf(item: Exclude<TarItem, { type: 'directory' }>): Node {
    const { attributes } = item;
    switch (item.type) {
      case 'file':
        this.#bytes += item.content.length;
        return { type: 'file', attributes, content: item.content };
      case 'link':
        return { type: 'link', attributes, target: item.target };
      case 'hard-link':
        return this.find(item.target) ?? { type: 'other', attributes };
      case 'fifo':
      case 'other':
        return { type: item.type, attributes };
    }
  }

  /** Makes the directories on the way; whatever else is there gives way to them. */
  #directory(path: readonly string[]): Directory {
    let at = this.#root;
    for (const name of path.filter((part) => part !== '')) {
      let next = at.children.get(name);
      if (next?.type !== 'directory') {
        next = { type: 'directory', attributes: ROOTS_OWN, children: new Map() };
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
