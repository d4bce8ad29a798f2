/**
 * The images of repositories: which there are and what they are called is in the store, their manifests are in the
 * registry by digest. A manifest is there before its record; what was deleted has its record gone before its manifest,
 * and a note of it until that is gone, too. Changes of one repository's manifests happen one after the other.
 */
import { createHash } from 'node:crypto';
import type { Scope } from '../../../domain/arn.ts';
import { type ManifestFacts, readManifest } from '../../../domain/ecr/manifest.ts';
import type {
  EcrTrashRecord,
  ImageRecord,
  ImageTagRecord,
  RepositoryRecord,
} from '../../../domain/ecr/records.ts';
import { isImmutableTag } from '../../../domain/ecr/tag-mutability.ts';
import { ApiError, AppError } from '../../../domain/errors.ts';
import { KeyedSerial } from '../../../domain/keyed-serial.ts';
import { keys } from '../../../domain/keys.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { ImageRegistry } from '../../../ports/image-registry.ts';
import type { Entry, Store, Write } from '../../../ports/store.ts';
import { type Decision, transactWithRetry } from '../../transact.ts';
import { immutableTagText } from '../errors.ts';
import { getRepository, placeOf } from '../repositories/repository-store.ts';
import { Manifests } from './manifests.ts';
import { type TaggedImage, withTags } from './tagged-image.ts';

export interface ImageStoreDeps {
  readonly store: Store;
  readonly registry: ImageRegistry;
  readonly clock: Clock;
}

export interface PutManifest {
  readonly bytes: Buffer;
  readonly mediaType: string | undefined;
  readonly tag?: string | undefined;
  /** What the sender takes its digest to be. */
  readonly digest?: string | undefined;
}

export interface PutResult {
  readonly image: ImageRecord;
  /** The very image was there, by this tag. */
  readonly existed: boolean;
}

/** What names an image: one of the two, or both when they agree. */
export interface ImageName {
  readonly digest?: string | undefined;
  readonly tag?: string | undefined;
}

export class ImageStore {
  readonly #deps: ImageStoreDeps;
  readonly #manifests: Manifests;
  readonly #serial = new KeyedSerial();

  constructor(deps: ImageStoreDeps) {
    this.#deps = deps;
    this.#manifests = new Manifests(deps.registry);
  }

  /** All images of a repository, by their digests. */
  async list({ repositoryId }: RepositoryRecord): Promise<TaggedImage[]> {
    const { store } = this.#deps;
    const [images, tags] = await Promise.all([
      store.range<ImageRecord>({ prefix: keys.images(repositoryId) }),
      store.range<ImageTagRecord>({ prefix: keys.imageTags(repositoryId) }),
    ]);
    return withTags(
      images.map(({ value }) => value),
      tags.map(({ value }) => value),
    );
  }

  /** The image that a digest or a tag names now. */
  async find(
    { repositoryId }: RepositoryRecord,
    { digest, tag }: ImageName,
  ): Promise<ImageRecord | undefined> {
    const { store } = this.#deps;
    const tagged =
      tag === undefined
        ? undefined
        : (await store.get<ImageTagRecord>(keys.imageTag(repositoryId, tag)))?.value.digest;
    const wanted = tag === undefined ? digest : tagged;
    if (wanted === undefined || (digest !== undefined && digest !== wanted)) return undefined;
    return (await store.get<ImageRecord>(keys.image(repositoryId, wanted)))?.value;
  }

  /** The bytes of an image's manifest. */
  manifest(scope: Scope, repository: RepositoryRecord, digest: string): Promise<Buffer> {
    return this.#manifests.read(placeOf(scope, repository), digest);
  }

  /**
   * Keeps a manifest, and gives it a tag where one is named. Throws ApiErrors for what ECR refuses, and `invalid` with
   * the registry's own `status` and `errors` in details for what that refuses.
   */
  async put(scope: Scope, name: string, manifest: PutManifest): Promise<PutResult> {
    const { store } = this.#deps;
    const { bytes, mediaType, tag } = manifest;
    const facts = readManifest(bytes.toString('utf8'), mediaType);
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    if (manifest.digest !== undefined && manifest.digest !== digest) throw otherDigest(manifest.digest);
    const { value: repository } = await getRepository(store, scope, name);
    return this.#serial.run(repository.repositoryId, async () => {
      await this.#refuseImmutable(repository, tag, digest);
      await this.#manifests.put(placeOf(scope, repository), digest, bytes, facts.mediaType);
      return transactWithRetry(store, () => this.#record(scope, repository, { facts, digest, tag }));
    });
  }

  /** Takes a tag from an image; the last one takes the image with it. */
  removeTag(scope: Scope, repository: RepositoryRecord, tag: string): Promise<void> {
    const { store } = this.#deps;
    const { repositoryId } = repository;
    return this.#serial.run(repositoryId, async () => {
      const key = keys.imageTag(repositoryId, tag);
      const digest = (await store.get<ImageTagRecord>(key))?.value.digest;
      if (digest === undefined) return;
      const isLast = (await this.#tagsOf(repositoryId, digest)).length === 1;
      if (isLast) await this.#dropImage(scope, repository, digest);
      else await store.transact([], [{ delete: key }]);
    });
  }

  /** Removes an image with all of its tags. */
  removeImage(scope: Scope, repository: RepositoryRecord, digest: string): Promise<void> {
    return this.#serial.run(repository.repositoryId, () => this.#dropImage(scope, repository, digest));
  }

  /** Its record as it was. Throws RepositoryNotFoundException and RepositoryNotEmptyException. */
  async removeRepository(
    scope: Scope,
    name: string,
    { force }: { readonly force: boolean },
  ): Promise<RepositoryRecord> {
    const { store } = this.#deps;
    const { value: known } = await getRepository(store, scope, name);
    return this.#serial.run(known.repositoryId, async () => {
      const removed = await transactWithRetry(store, () => this.#removal(scope, name, force));
      const trash = { place: placeOf(scope, removed) };
      await this.#empty(keys.ecrTrash(removed.repositoryId, '-'), trash);
      return removed;
    });
  }

  async #removal(scope: Scope, name: string, force: boolean): Promise<Decision<RepositoryRecord>> {
    const { store } = this.#deps;
    const { key, value, revision } = await getRepository(store, scope, name);
    const { repositoryId } = value;
    const some = await store.range({ prefix: keys.images(repositoryId), limit: 1 });
    if (some.length > 0 && !force) throw notEmpty(name, scope);
    const trash: EcrTrashRecord = { place: placeOf(scope, value) };
    return {
      answer: value,
      conditions: [{ key, revision }],
      writes: [
        { delete: key },
        { deletePrefix: keys.images(repositoryId) },
        { deletePrefix: keys.imageTags(repositoryId) },
        { put: keys.ecrTrash(repositoryId, '-'), value: trash },
      ],
    };
  }

  /** Deletes in the registry what an earlier process was killed before it could. */
  async emptyTrash(): Promise<void> {
    for (const { key, value } of await this.#deps.store.range<EcrTrashRecord>({
      prefix: keys.allEcrTrash(),
    })) {
      const repositoryId = value.place.split('/').at(-1) ?? '';
      await this.#serial.run(repositoryId, async () => {
        // It may have been pushed again meanwhile.
        if ((await this.#deps.store.get(key)) !== undefined) await this.#empty(key, value);
      });
    }
  }

  async #dropImage(scope: Scope, repository: RepositoryRecord, digest: string): Promise<void> {
    const { repositoryId } = repository;
    const tags = await this.#tagsOf(repositoryId, digest);
    const trash: EcrTrashRecord = { place: placeOf(scope, repository), digest };
    const trashKey = keys.ecrTrash(repositoryId, digest);
    await this.#deps.store.transact(
      [],
      [
        { delete: keys.image(repositoryId, digest) },
        ...tags.map(({ tag }) => ({ delete: keys.imageTag(repositoryId, tag) })),
        { put: trashKey, value: trash },
      ],
    );
    await this.#empty(trashKey, trash);
  }

  async #empty(key: string, { place, digest }: EcrTrashRecord): Promise<void> {
    const { registry, store } = this.#deps;
    if (digest === undefined) await registry.removeRepository(place);
    else await this.#manifests.remove(place, digest);
    await store.transact([], [{ delete: key }]);
  }

  async #tagsOf(repositoryId: string, digest: string): Promise<ImageTagRecord[]> {
    const tags = await this.#deps.store.range<ImageTagRecord>({ prefix: keys.imageTags(repositoryId) });
    return tags.flatMap(({ value }) => (value.digest === digest ? [value] : []));
  }

  async #refuseImmutable(
    repository: RepositoryRecord,
    tag: string | undefined,
    digest: string,
  ): Promise<void> {
    if (tag === undefined || !isImmutableTag(repository, tag)) return;
    const holder = await this.#deps.store.get<ImageTagRecord>(keys.imageTag(repository.repositoryId, tag));
    if (holder !== undefined && holder.value.digest !== digest) throw tagTaken(tag, repository.name);
  }

  /** One try: the repository must be the one whose place the manifest is in, and be as it was read. */
  async #record(
    scope: Scope,
    { repositoryId, name }: RepositoryRecord,
    {
      facts,
      digest,
      tag,
    }: { readonly facts: ManifestFacts; readonly digest: string; readonly tag: string | undefined },
  ): Promise<Decision<PutResult>> {
    const { store, clock } = this.#deps;
    const repository = await getRepository(store, scope, name);
    if (repository.value.repositoryId !== repositoryId) {
      throw new AppError('conflict', 'the repository was made anew meanwhile');
    }
    await this.#refuseImmutable(repository.value, tag, digest);
    const known = await store.get<ImageRecord>(keys.image(repositoryId, digest));
    const holder =
      tag === undefined ? undefined : await store.get<ImageTagRecord>(keys.imageTag(repositoryId, tag));
    const image = known?.value ?? {
      ...facts,
      sizeBytes: await this.#sizeOf(repositoryId, facts),
      digest,
      pushedAt: clock.now(),
    };
    const existed = known !== undefined && (tag === undefined || holder?.value.digest === digest);
    return {
      answer: { image, existed },
      conditions: [conditionOf(repository)],
      writes: existed ? [] : writesOf(repositoryId, image, tag),
    };
  }

  async #sizeOf(repositoryId: string, { sizeBytes, manifests }: ManifestFacts): Promise<number> {
    const children = await this.#deps.store.getMany<ImageRecord>(
      manifests.map((digest) => keys.image(repositoryId, digest)),
    );
    return Math.max(sizeBytes, ...children.map((child) => child?.value.sizeBytes ?? 0));
  }
}

const conditionOf = ({ key, revision }: Entry<unknown>) => ({ key, revision });

function writesOf(repositoryId: string, image: ImageRecord, tag: string | undefined): Write[] {
  const { digest } = image;
  const record: ImageTagRecord | undefined = tag === undefined ? undefined : { tag, digest };
  return [
    { put: keys.image(repositoryId, digest), value: image },
    { delete: keys.ecrTrash(repositoryId, digest) },
    ...(record === undefined ? [] : [{ put: keys.imageTag(repositoryId, record.tag), value: record }]),
  ];
}

function tagTaken(tag: string, repository: string): ApiError {
  return new ApiError('ImageTagAlreadyExistsException', immutableTagText(tag, repository));
}

function otherDigest(expected: string): AppError {
  const message = `manifest is not what its digest says: ${expected}`;
  return new AppError('invalid', message, {
    details: { status: 400, errors: [{ code: 'DIGEST_INVALID', message }] },
  });
}

function notEmpty(name: string, { account }: Scope): ApiError {
  return new ApiError(
    'RepositoryNotEmptyException',
    `The repository with name '${name}' in registry with id '${account}' cannot be deleted because it still contains images`,
  );
}
