/** Pushes a built image to an OCI registry over HTTP: blobs that are missing, then manifests, then the tag. */
import type { BuiltBlob, BuiltImage } from './image.ts';

export interface PushTarget {
  /** `http://127.0.0.1:5000`, without a path. */
  readonly registryUrl: string;
  readonly repository: string;
  readonly tag: string;
  /** Basic authentication. */
  readonly auth?: { readonly username: string; readonly password: string };
}

/** Pushes the image; answers the digest that the tag names now. May be repeated. */
export async function pushImage(
  image: BuiltImage,
  target: PushTarget,
  signal?: AbortSignal,
): Promise<{ digest: string }> {
  const digests = new Set<string>();
  for (const blob of image.blobs) {
    if (digests.has(blob.descriptor.digest)) continue;
    digests.add(blob.descriptor.digest);
    await pushBlob(blob, target, signal);
  }
  for (const manifest of image.manifests) {
    await pushManifest(manifest, manifest.descriptor.digest, target, signal);
  }
  await pushManifest(image.root, target.tag, target, signal);
  return { digest: image.root.descriptor.digest };
}

async function pushBlob(blob: BuiltBlob, target: PushTarget, signal?: AbortSignal): Promise<void> {
  const base = `${target.registryUrl}/v2/${target.repository}/blobs`;
  const there = await send('HEAD', new URL(`${base}/${blob.descriptor.digest}`), target, { signal });
  if (there.status === 200) return;
  const started = await send('POST', new URL(`${base}/uploads/`), target, { signal });
  const location = started.headers.get('location');
  if (started.status !== 202 || location === null) throw refused('start an upload', started.status);
  const upload = new URL(location, target.registryUrl);
  upload.searchParams.set('digest', blob.descriptor.digest);
  const done = await send('PUT', upload, target, {
    body: blob.bytes,
    contentType: 'application/octet-stream',
    signal,
  });
  if (done.status !== 201) throw refused('upload a blob', done.status);
}

async function pushManifest(
  manifest: BuiltBlob,
  name: string,
  target: PushTarget,
  signal?: AbortSignal,
): Promise<void> {
  const url = new URL(`${target.registryUrl}/v2/${target.repository}/manifests/${name}`);
  const answer = await send('PUT', url, target, {
    body: manifest.bytes,
    contentType: manifest.descriptor.mediaType,
    signal,
  });
  if (answer.status !== 201) throw refused('push the manifest', answer.status);
}

interface SendOptions {
  body?: Buffer;
  contentType?: string;
  signal: AbortSignal | undefined;
}

async function send(method: string, url: URL, target: PushTarget, options: SendOptions): Promise<Response> {
  const headers: Record<string, string> = {};
  if (options.contentType !== undefined) headers['content-type'] = options.contentType;
  if (target.auth !== undefined && url.origin === new URL(target.registryUrl).origin) {
    const pair = `${target.auth.username}:${target.auth.password}`;
    headers['authorization'] = `Basic ${Buffer.from(pair).toString('base64')}`;
  }
  const response = await fetch(url, {
    method,
    headers,
    ...(options.body === undefined ? {} : { body: new Uint8Array(options.body) }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  // Read to the end, so that the connection is free for the next request.
  await response.arrayBuffer();
  return response;
}

function refused(what: string, status: number): Error {
  return new Error(`The registry did not ${what}: HTTP status ${status}.`);
}
