import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError } from '../errors.ts';
import { familiarReference, formatReference, isLoopbackRegistry, parseReference } from './reference.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

const GOOD: { text: string; full: string; familiar?: string }[] = [
  { text: 'busybox', full: 'docker.io/library/busybox:latest', familiar: 'busybox:latest' },
  { text: 'busybox:1.36', full: 'docker.io/library/busybox:1.36', familiar: 'busybox:1.36' },
  { text: 'library/busybox', full: 'docker.io/library/busybox:latest', familiar: 'busybox:latest' },
  { text: 'docker.io/busybox', full: 'docker.io/library/busybox:latest', familiar: 'busybox:latest' },
  { text: 'index.docker.io/busybox', full: 'docker.io/library/busybox:latest' },
  { text: 'someone/app', full: 'docker.io/someone/app:latest', familiar: 'someone/app:latest' },
  { text: 'a/b/c', full: 'docker.io/a/b/c:latest' },
  { text: 'localhost/app', full: 'localhost/app:latest' },
  { text: 'localhost:5000/app:2', full: 'localhost:5000/app:2', familiar: 'localhost:5000/app:2' },
  { text: 'registry:5000/app', full: 'registry:5000/app:latest' },
  { text: 'Registry/app', full: 'Registry/app:latest' },
  { text: 'example.com/app', full: 'example.com/app:latest' },
  { text: 'example.com:8443/team/app:v1.2-rc_3', full: 'example.com:8443/team/app:v1.2-rc_3' },
  { text: '[::1]:5000/app', full: '[::1]:5000/app:latest' },
  { text: `busybox@${DIGEST}`, full: `docker.io/library/busybox@${DIGEST}`, familiar: `busybox@${DIGEST}` },
  { text: `busybox:1@${DIGEST}`, full: `docker.io/library/busybox:1@${DIGEST}` },
  { text: `app@sha512:${'b'.repeat(128)}`, full: `docker.io/library/app@sha512:${'b'.repeat(128)}` },
  { text: 'a__b--c.d', full: 'docker.io/library/a__b--c.d:latest' },
  { text: 'app:_tag', full: 'docker.io/library/app:_tag' },
  { text: `app:${'t'.repeat(128)}`, full: `docker.io/library/app:${'t'.repeat(128)}` },
  {
    text: '000000000000.dkr.ecr.eu-west-1.amazonaws.com/app',
    full: '000000000000.dkr.ecr.eu-west-1.amazonaws.com/app:latest',
  },
  { text: 'xn--n3h.com/app', full: 'xn--n3h.com/app:latest' },
];

const BAD: { text: string; message: RegExp }[] = [
  { text: '', message: /^invalid reference format$/ },
  { text: ' busybox', message: /^invalid reference format$/ },
  { text: 'busybox\n', message: /^invalid reference format$/ },
  {
    text: 'Busybox',
    message: /^invalid reference format: repository name \(library\/Busybox\) must be lowercase$/,
  },
  { text: 'example.com/App', message: /repository name \(App\) must be lowercase/ },
  { text: 'app:', message: /^invalid reference format$/ },
  { text: 'app:a b', message: /^invalid reference format$/ },
  { text: `app:${'t'.repeat(129)}`, message: /^invalid reference format$/ },
  { text: ':tag', message: /^invalid reference format$/ },
  { text: 'app@', message: /^invalid reference format$/ },
  { text: 'app@latest', message: /^invalid reference format$/ },
  { text: 'a/../b', message: /^invalid reference format$/ },
  { text: '../app', message: /^invalid reference format$/ },
  { text: '/app', message: /^invalid reference format$/ },
  { text: 'app/', message: /^invalid reference format$/ },
  { text: 'a//b', message: /^invalid reference format$/ },
  { text: 'https://example.com/app', message: /^invalid reference format$/ },
  { text: 'user@example.com/app', message: /^invalid reference format$/ },
  { text: 'app___b', message: /^invalid reference format$/ },
  { text: '-app', message: /^invalid reference format$/ },
  { text: 'example.com:port/app', message: /^invalid reference format$/ },
  { text: 'a'.repeat(300), message: /^repository name must not be more than 255 characters$/ },
  {
    text: 'f'.repeat(64),
    message: /^invalid repository name \(f+\), cannot specify 64-byte hexadecimal strings$/,
  },
  { text: `app@sha256:${'a'.repeat(63)}`, message: /^invalid checksum digest length$/ },
  { text: `app@sha256:${'A'.repeat(64)}`, message: /^invalid checksum digest format$/ },
  { text: `app@md5:${'a'.repeat(32)}`, message: /^unsupported digest algorithm$/ },
];

describe('parseReference', () => {
  for (const { text, full, familiar } of GOOD) {
    it(`reads ${text.slice(0, 60)}`, () => {
      const reference = parseReference(text);
      assert.equal(formatReference(reference), full);
      assert.deepEqual(parseReference(full), reference, 'its own full form means the same');
      if (familiar !== undefined) assert.equal(familiarReference(reference), familiar);
      assert.deepEqual(parseReference(familiarReference(reference)), reference);
    });
  }

  for (const { text, message } of BAD) {
    it(`refuses ${JSON.stringify(text.slice(0, 60))}`, () => {
      assert.throws(
        () => parseReference(text),
        (error) => error instanceof AppError && error.kind === 'invalid' && message.test(error.message),
      );
    });
  }
});

describe('isLoopbackRegistry', () => {
  for (const name of [
    'localhost',
    'localhost:5000',
    '127.0.0.1',
    '127.1.2.3:80',
    '[::1]:5000',
    'LOCALHOST',
  ]) {
    it(`says so of ${name}`, () => assert.ok(isLoopbackRegistry(name)));
  }
  for (const name of [
    'docker.io',
    'localhost.example.com',
    '128.0.0.1',
    '127.example.com',
    '10.0.0.1:5000',
  ]) {
    it(`denies it of ${name}`, () => assert.ok(!isLoopbackRegistry(name)));
  }
});
