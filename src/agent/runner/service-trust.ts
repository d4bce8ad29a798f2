/**
 * How a container comes to use the AWS services of this Neargate: it is told to believe their authority, or to ask all
 * of them at one address over plain HTTP. What the task's definition sets itself is left alone.
 */
import { join } from 'node:path';
import type { Mount } from '../../domain/oci/types.ts';
import { writePublicFile } from './task-files.ts';

export type ServiceTrust =
  | {
      readonly type: 'authority';
      /** PEM of the services' authority. */
      readonly authority: string;
      /** PEM of all authorities that a container is to believe instead of those of its image: that one, and the usual. */
      readonly bundle: string;
    }
  | { readonly type: 'endpoint-url'; readonly url: string };

const DIRECTORY = '/etc/neargate';
const AUTHORITY = 'ca.pem';
const BUNDLE = 'ca-bundle.pem';

/** May be repeated. The task's disk is there. */
export function writeTrustFiles(diskPath: string, trust: ServiceTrust | undefined): void {
  if (trust?.type !== 'authority') return;
  writePublicFile(join(diskPath, 'files', AUTHORITY), trust.authority);
  writePublicFile(join(diskPath, 'files', BUNDLE), trust.bundle);
}

export function trustMounts(diskPath: string, trust: ServiceTrust | undefined): Mount[] {
  if (trust?.type !== 'authority') return [];
  return [AUTHORITY, BUNDLE].map((name) => ({
    destination: `${DIRECTORY}/${name}`,
    type: 'bind',
    source: join(diskPath, 'files', name),
    options: ['rbind', 'rprivate', 'ro'],
  }));
}

/** Stronger than the image's own, which know nothing of the authority. */
export function trustVariables(trust: ServiceTrust | undefined): Readonly<Record<string, string>> {
  if (trust === undefined) return {};
  if (trust.type === 'endpoint-url') return { AWS_ENDPOINT_URL: trust.url };
  const bundle = `${DIRECTORY}/${BUNDLE}`;
  return {
    AWS_CA_BUNDLE: bundle,
    REQUESTS_CA_BUNDLE: bundle,
    SSL_CERT_FILE: bundle,
    // Node.js adds what is in the file to its own.
    NODE_EXTRA_CA_CERTS: `${DIRECTORY}/${AUTHORITY}`,
  };
}
