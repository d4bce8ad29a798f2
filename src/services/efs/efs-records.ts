/**
 * The records of EFS in an account and region. Whatever is made or deleted below a file system writes the file system's
 * record anew (`touch`), so that no two changes of one file system happen at once and what was read still holds.
 */
import type { Scope } from '../../domain/arn.ts';
import type { AccessPointRecord, FileSystemRecord, MountTargetRecord } from '../../domain/efs/records.ts';
import { type EfsKind, keys } from '../../domain/keys.ts';
import type { Condition, Entry, Store, Write } from '../../ports/store.ts';
import { type Decision, transactWithRetry } from '../transact.ts';
import { readId } from './efs-ids.ts';
import { busy, notFound } from './errors.ts';

/** What there is of each kind. */
interface RecordsByKind {
  'file-system': FileSystemRecord;
  'mount-target': MountTargetRecord;
  'access-point': AccessPointRecord;
}

export class EfsRecords {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  entry<K extends EfsKind>(scope: Scope, kind: K, id: string): Promise<Entry<RecordsByKind[K]> | undefined> {
    return this.#store.get<RecordsByKind[K]>(keys.efs(scope, kind, id));
  }

  /**
   * What an id or ARN names; `path` is the member's name in refusals. Throws ValidationException, and the kind's
   * NotFound.
   */
  async require<K extends EfsKind>(
    scope: Scope,
    kind: K,
    path: string,
    text: string,
  ): Promise<Entry<RecordsByKind[K]>> {
    const id = readId(kind, path, text, scope);
    const entry = await this.entry(scope, kind, id);
    if (entry === undefined) throw notFound(kind, id);
    return entry;
  }

  requireFileSystem(scope: Scope, text: string): Promise<Entry<FileSystemRecord>> {
    return this.require(scope, 'file-system', 'fileSystemId', text);
  }

  /** All of a kind, in the order of their ids. */
  async all<K extends EfsKind>(scope: Scope, kind: K): Promise<readonly RecordsByKind[K][]> {
    const entries = await this.#store.range<RecordsByKind[K]>({ prefix: keys.efsAll(scope, kind) });
    return entries.map(({ value }) => value);
  }

  /** Those of one file system. */
  async below<K extends 'mount-target' | 'access-point'>(
    scope: Scope,
    kind: K,
    fileSystemId: string,
  ): Promise<readonly RecordsByKind[K][]> {
    const records = await this.all(scope, kind);
    return records.filter((record) => record.fileSystemId === fileSystemId);
  }

  /** Changes one record; `change` may be called several times, and throws to refuse. */
  update<K extends EfsKind>(
    scope: Scope,
    named: { readonly kind: K; readonly path: string; readonly text: string },
    change: (record: RecordsByKind[K]) => RecordsByKind[K],
  ): Promise<RecordsByKind[K]> {
    return this.change(async () => {
      const { key, value, revision } = await this.require(scope, named.kind, named.path, named.text);
      const answer = change(value);
      return { answer, conditions: [{ key, revision }], writes: [{ put: key, value: answer }] };
    });
  }

  updateFileSystem(
    scope: Scope,
    text: string,
    change: (record: FileSystemRecord) => FileSystemRecord,
  ): Promise<FileSystemRecord> {
    return this.update(scope, { kind: 'file-system', path: 'fileSystemId', text }, change);
  }

  /** Reads, decides, writes all or nothing; once more when something has changed meanwhile. */
  change<T>(decide: () => Promise<Decision<T>>): Promise<T> {
    return transactWithRetry(this.#store, decide, busy);
  }
}

/** Of a file system that is read and written again unchanged, or changed. */
export function touch(
  scope: Scope,
  entry: Entry<FileSystemRecord>,
  value: FileSystemRecord = entry.value,
): { readonly condition: Condition; readonly write: Write } {
  const key = keys.efs(scope, 'file-system', value.fileSystemId);
  return { condition: { key, revision: entry.revision }, write: { put: key, value } };
}
