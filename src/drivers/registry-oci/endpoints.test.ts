import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasKind } from '../../domain/errors.ts';
import { checkOnward, endpointsOf, repositoryAt } from './endpoints.ts';

const at = (registry: string, insecure = false) => {
  const [endpoint] = endpointsOf(registry, { [registry]: { insecure } }, []);
  assert.ok(endpoint !== undefined);
  return endpoint;
};

describe('addresses that a registry sends on to', () => {
  const followed: [name: string, registry: string, url: string][] = [
    ['another host over HTTPS', 'registry.test', 'https://bucket.s3.test/layer?sign=x'],
    ['another port', 'registry.test', 'https://registry.test:8443/layer'],
    ['the machine itself from a registry on it', '127.0.0.1:5000', 'http://localhost:9000/layer'],
    ['HTTPS from a registry on the machine itself', 'localhost:5000', 'https://s3.test/layer'],
  ];
  for (const [name, registry, url] of followed) {
    it(`may be ${name}`, () => checkOnward(at(registry), new URL(url), 'a redirect'));
  }

  it('may be plain HTTP where the registry is said to be insecure', () => {
    checkOnward(at('registry.test', true), new URL('http://bucket.s3.test/layer'), 'a redirect');
  });

  const refused: [name: string, registry: string, url: string][] = [
    ['plain HTTP after HTTPS', 'registry.test', 'http://bucket.s3.test/layer?sign=secret'],
    ['plain HTTP of the same host', 'registry.test', 'http://registry.test/layer'],
    ['the machine itself', 'registry.test', 'https://127.0.0.1/layer'],
    ['the machine itself by name', 'registry.test', 'https://localhost:4580/layer'],
    ['a file', 'registry.test', 'file:///etc/passwd'],
    ['another protocol', 'registry.test', 'ftp://registry.test/layer'],
  ];
  for (const [name, registry, url] of refused) {
    it(`may not be ${name}`, () => {
      assert.throws(
        () => checkOnward(at(registry), new URL(url), 'a redirect'),
        (error) => hasKind(error, 'invalid') && !JSON.stringify(error.details).includes('secret'),
      );
    });
  }
});

describe('the endpoints of a registry', () => {
  it('are its mirrors in the order of the settings, then itself', () => {
    const mirrors = [
      { registry: 'docker.io', url: 'https://near.test' },
      { registry: 'quay.io', url: 'https://other.test' },
      { registry: 'docker.io', url: 'http://far.test:5000/hub' },
    ];
    const endpoints = endpointsOf('docker.io', {}, mirrors);
    assert.deepEqual(
      endpoints.map(({ base, isMirror }) => [base.href, isMirror]),
      [
        ['https://near.test/', true],
        ['http://far.test:5000/hub', true],
        ['https://registry-1.docker.io/', false],
      ],
    );
    const names = endpoints.map((each) => repositoryAt(each, 'library/busybox'));
    assert.deepEqual(names, ['library/busybox', 'hub/library/busybox', 'library/busybox']);
  });
});
