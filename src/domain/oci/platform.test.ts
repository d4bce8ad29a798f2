import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OCI_MANIFEST } from './media-types.ts';
import {
  formatPlatform,
  LINUX_AMD64,
  LINUX_ARM64,
  platformOfArchitecture,
  selectManifests,
} from './platform.ts';
import type { Descriptor } from './types.ts';

/** A descriptor whose digest is its platform in words. */
function entry(platform: string, annotations?: Record<string, string>): Descriptor {
  const [os = '', architecture = '', variant] = platform.split('/');
  return {
    mediaType: OCI_MANIFEST,
    digest: platform,
    size: 1,
    ...(platform === ''
      ? {}
      : { platform: { os, architecture, ...(variant === undefined ? {} : { variant }) } }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

const CASES: { name: string; entries: string[]; wanted: 'X86_64' | 'ARM64'; chosen: string[] }[] = [
  {
    name: 'the one that fits',
    entries: ['linux/arm64', 'linux/amd64'],
    wanted: 'X86_64',
    chosen: ['linux/amd64'],
  },
  {
    name: 'arm64 with its variant',
    entries: ['linux/arm/v7', 'linux/arm64/v8'],
    wanted: 'ARM64',
    chosen: ['linux/arm64/v8'],
  },
  {
    name: 'v8 before none',
    entries: ['linux/arm64', 'linux/arm64/v8'],
    wanted: 'ARM64',
    chosen: ['linux/arm64/v8', 'linux/arm64'],
  },
  {
    name: 'plain amd64 before v2, never v3',
    entries: ['linux/amd64/v3', 'linux/amd64/v2', 'linux/amd64'],
    wanted: 'X86_64',
    chosen: ['linux/amd64', 'linux/amd64/v2'],
  },
  { name: 'other names of the same', entries: ['Linux/x86_64'], wanted: 'X86_64', chosen: ['Linux/x86_64'] },
  { name: 'no 32-bit ARM on arm64', entries: ['linux/arm/v7', 'linux/arm/v8'], wanted: 'ARM64', chosen: [] },
  { name: 'no Windows', entries: ['windows/amd64'], wanted: 'X86_64', chosen: [] },
  {
    name: 'those without a platform last',
    entries: ['', 'linux/amd64'],
    wanted: 'X86_64',
    chosen: ['linux/amd64', ''],
  },
  { name: 'no unknown platform', entries: ['unknown/unknown'], wanted: 'X86_64', chosen: [] },
];

describe('selectManifests', () => {
  for (const { name, entries, wanted, chosen } of CASES) {
    it(`chooses ${name}`, () => {
      const selected = selectManifests(
        entries.map((each) => entry(each)),
        platformOfArchitecture(wanted),
      );
      assert.deepEqual(
        selected.map((each) => each.digest),
        chosen,
      );
    });
  }

  it('leaves out attestations that name no platform', () => {
    const rider = entry('', { 'vnd.docker.reference.type': 'attestation-manifest' });
    assert.deepEqual(selectManifests([rider], LINUX_AMD64), []);
  });
});

describe('formatPlatform', () => {
  it('writes platforms as messages show them', () => {
    assert.equal(formatPlatform(LINUX_AMD64), 'linux/amd64');
    assert.equal(formatPlatform({ ...LINUX_ARM64, variant: 'v8' }), 'linux/arm64/v8');
  });
});
