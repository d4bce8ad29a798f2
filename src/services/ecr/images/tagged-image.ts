/** An image together with its tags. */
import type { ImageRecord, ImageTagRecord } from '../../../domain/ecr/records.ts';

export interface TaggedImage {
  readonly image: ImageRecord;
  readonly tags: readonly string[];
}

export function withTags(images: readonly ImageRecord[], tags: readonly ImageTagRecord[]): TaggedImage[] {
  const byDigest = new Map<string, string[]>();
  for (const { tag, digest } of tags) {
    const known = byDigest.get(digest);
    if (known === undefined) byDigest.set(digest, [tag]);
    else known.push(tag);
  }
  return images.map((image) => ({ image, tags: byDigest.get(image.digest) ?? [] }));
}
