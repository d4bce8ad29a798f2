/** What a path below `/v2/` names. */
import { IMAGE_DIGEST, IMAGE_TAG, isRepositoryName } from '../../../domain/ecr/names.ts';

export type RegistryPath =
  | { readonly kind: 'base' }
  | { readonly kind: 'tags'; readonly repository: string }
  /** One of the two. */
  | {
      readonly kind: 'manifest';
      readonly repository: string;
      readonly tag?: string;
      readonly digest?: string;
    }
  | { readonly kind: 'blob'; readonly repository: string; readonly digest: string }
  /** Without an id: uploads begin there. */
  | { readonly kind: 'upload'; readonly repository: string; readonly uploadId?: string };

const UPLOAD_ID = /^[A-Za-z0-9_=-]{1,200}$/;

/** Undefined for what is nothing of the protocol; nothing that is escaped is. */
export function readRegistryPath(path: string): RegistryPath | undefined {
  if (path === '/v2/' || path === '/v2') return { kind: 'base' };
  const match = /^\/v2\/(.+?)\/(manifests|blobs\/uploads|blobs|tags)\/([^/]*)$/.exec(path);
  const [, repository = '', kind, last = ''] = match ?? [];
  if (kind === undefined || !isRepositoryName(repository)) return undefined;
  switch (kind) {
    case 'manifests':
      if (IMAGE_DIGEST.test(last)) return { kind: 'manifest', repository, digest: last };
      return IMAGE_TAG.test(last) ? { kind: 'manifest', repository, tag: last } : undefined;
    case 'blobs':
      return IMAGE_DIGEST.test(last) ? { kind: 'blob', repository, digest: last } : undefined;
    case 'tags':
      return last === 'list' ? { kind: 'tags', repository } : undefined;
    default:
      if (last === '') return { kind: 'upload', repository };
      return UPLOAD_ID.test(last) ? { kind: 'upload', repository, uploadId: last } : undefined;
  }
}
