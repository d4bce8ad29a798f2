/** A directory of an image in memory as a tree that can be written to the host. */
import { isSeenByContainers } from '../../domain/oci/layer-xattrs.ts';
import { bytesOf, toByteString } from '../../linux/byte-string.ts';
import type { FileAttributes, TreeDirectory, TreeEntry } from '../../linux/write-tree.ts';
import type { Directory, Node } from './file-tree.ts';

export function sourceTree(directory: Directory): TreeDirectory {
  return {
    kind: 'directory',
    attributes: attributesOf(directory),
    names: () => Promise.resolve([...directory.children.keys()].map(toByteString)),
    async entry(name) {
      await Promise.resolve();
      const node = directory.children.get(bytesOf(name).toString('utf8'));
      return node === undefined ? undefined : entryOf(node);
    },
  };
}

function entryOf(node: Node): TreeEntry | undefined {
  const attributes = attributesOf(node);
  switch (node.type) {
    case 'directory':
      return sourceTree(node);
    case 'file':
      return { kind: 'file', attributes, size: node.content.length, data: () => dataOf(node.content) };
    case 'link':
      return { kind: 'link', attributes, target: toByteString(node.target) };
    case 'fifo':
      return { kind: 'fifo', attributes };
    case 'other':
      return undefined;
  }
}

async function* dataOf(data: Buffer): AsyncGenerator<{ offset: number; data: Buffer }> {
  await Promise.resolve();
  yield { offset: 0, data };
}

/** Who is not root can make files of his own only, and without attributes of the system. */
function attributesOf({ attributes: { uid, gid, mode, mtime, xattrs } }: Node): FileAttributes {
  const own = process.getuid?.() ?? 0;
  if (own !== 0) return { uid: own, gid: process.getgid?.() ?? 0, mode, mtime };
  return { uid, gid, mode, mtime, xattrs: new Map([...xattrs].filter(([name]) => isSeenByContainers(name))) };
}
