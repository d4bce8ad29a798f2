import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { type Environment, type Flags, loadSettings, SettingsError } from './load-settings.ts';
import type { Host } from './setting.ts';
import { SETTINGS, settingNames } from './settings.ts';

const directory = mkdtempSync(join(tmpdir(), 'neargate-settings-'));
const ROOT: Host = { isRoot: true, home: '/root', hasTerminal: false };

function load(flags: Flags = {}, environment: Environment = {}, host = ROOT) {
  // A data directory of its own keeps the machine's settings out.
  return loadSettings({ 'data-dir': directory, ...flags }, environment, host);
}

function file(content: unknown): string {
  const path = join(directory, `${Math.random()}.json`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function refusal(flags: Flags, environment: Environment = {}): string {
  try {
    load(flags, environment);
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  return assert.fail('the settings were taken');
}

describe('settings', () => {
  after(() => rmSync(directory, { recursive: true }));

  it('have the defaults that users know', () => {
    const settings = load();
    assert.deepEqual(settings.listen, { host: '127.0.0.1', port: 4580 });
    assert.equal(settings.region, 'us-east-1');
    assert.equal(settings.account, '000000000000');
    assert.equal(settings.open, false);
    assert.equal(settings.vpcCidr, '172.31.0.0/16');
    assert.equal(settings.stoppedTaskRetentionMs, 3_600_000);
    assert.equal(settings.readyFile, undefined);
  });

  it('keep data where the user may write', () => {
    const dataDir = (host: Host) => loadSettings({ config: file({}) }, {}, host).dataDir;
    assert.equal(dataDir(ROOT), '/var/lib/neargate');
    assert.equal(dataDir({ ...ROOT, isRoot: false, home: '/home/ann' }), '/home/ann/.local/share/neargate');
  });

  it('come from flags before variables before the file before defaults', () => {
    const config = file({ region: 'eu-west-1', account: '111111111111', vpcCidr: '10.1.0.0/16' });
    const environment = { NEARGATE_REGION: 'eu-west-2', NEARGATE_ACCOUNT: '222222222222' };
    const { region, account, vpcCidr, uplinkCidr } = load({ config, region: 'eu-west-3' }, environment);
    assert.deepEqual([region, account, vpcCidr], ['eu-west-3', '222222222222', '10.1.0.0/16']);
    assert.equal(uplinkCidr, '169.254.192.0/20');
  });

  it('are read from neargate.json in the data directory', () => {
    const own = mkdtempSync(join(directory, 'data-'));
    writeFileSync(join(own, 'neargate.json'), '{"region": "eu-north-1"}');
    assert.equal(load({ 'data-dir': own }).region, 'eu-north-1');
  });

  it('take lists from a repeated flag, from commas and from JSON', () => {
    const registry = { name: 'reg.local:5000', host: '127.0.0.1', port: 5000, tls: false };
    const secure = { name: 'safe', host: 'localhost', port: 443, tls: true };
    const both = ['reg.local:5000=127.0.0.1:5000', 'safe=https://localhost:443'];
    assert.deepEqual(load({ registries: both }).registries, [registry, secure]);
    assert.deepEqual(load({}, { NEARGATE_REGISTRIES: both.join(', ') }).registries, [registry, secure]);
    assert.deepEqual(load({ config: file({ registries: both }) }).registries, [registry, secure]);
  });

  it('take mirrors of registries, in order, with a path or without', () => {
    const mirrors = ['docker.io=https://near.test/', 'docker.io=http://cache.test:5000/hub'];
    assert.deepEqual(load({ 'registry-mirrors': mirrors }).registryMirrors, [
      { registry: 'docker.io', url: 'https://near.test' },
      { registry: 'docker.io', url: 'http://cache.test:5000/hub' },
    ]);
    for (const wrong of [
      'docker.io',
      'docker.io=near.test',
      'docker.io=https://near.test/?x=1',
      '=http://x',
    ]) {
      assert.equal(
        refusal({ 'registry-mirrors': wrong }),
        '--registry-mirrors must be REGISTRY=URL, for example docker.io=https://mirror.example.',
      );
    }
  });

  it("leave the machine's settings aside with an empty file", () => {
    assert.equal(load({ config: '/dev/null' }).region, 'us-east-1');
  });

  it('take the address of a receiver of OTLP, with a path, and nothing secret', () => {
    const at = (url: string): string | undefined => load({ 'otlp-endpoint': url }).otlpEndpoint;
    assert.equal(at('http://127.0.0.1:4318'), 'http://127.0.0.1:4318');
    assert.equal(at('https://otlp.test/api/v2/otlp/'), 'https://otlp.test/api/v2/otlp');
    for (const url of [
      'otlp.test:4318',
      'ftp://otlp.test',
      'http://me:secret@otlp.test',
      'http://otlp.test/?key=1',
    ]) {
      assert.throws(() => at(url), /--otlp-endpoint must be http:\/\/ or https:\/\//, url);
    }
    assert.equal(load().otlpEndpoint, undefined);
    assert.deepEqual(load({ 'metrics-listen': '127.0.0.1:0' }).metricsListen, { host: '127.0.0.1', port: 0 });
    assert.equal(load().metricsListen, undefined);
  });

  it('take the address of an S3, on loopback and elsewhere', () => {
    const at = (url: string) => load({ 's3-endpoint': url }).s3Endpoint;
    assert.deepEqual(at('http://127.0.0.1:9000'), {
      url: 'http://127.0.0.1:9000',
      host: '127.0.0.1',
      port: 9000,
    });
    assert.deepEqual(at('http://[::1]:9000/'), { url: 'http://[::1]:9000', host: '::1', port: 9000 });
    assert.deepEqual(load({ 's3-endpoint': 'https://s3.test' }).s3Endpoint, {
      url: 'https://s3.test',
      host: 's3.test',
      port: 443,
    });
    assert.equal(load({}, { NEARGATE_S3_ENDPOINT: 'http://minio:9000' }).s3Endpoint?.host, 'minio');
    assert.equal(load().s3Endpoint, undefined);
  });

  it('take name servers by their addresses', () => {
    assert.deepEqual(load({ 'name-servers': '10.0.0.2,fd00::1,127.0.0.1:5353,[::1]:54' }).nameServers, [
      { host: '10.0.0.2', port: 53 },
      { host: 'fd00::1', port: 53 },
      { host: '127.0.0.1', port: 5353 },
      { host: '::1', port: 54 },
    ]);
    for (const given of ['dns.test', 'localhost:53', '10.0.0.2:0', '10.0.0.256:53']) {
      assert.equal(
        refusal({ 'name-servers': given }),
        '--name-servers must be an IP address with or without a port, for example 10.0.0.2 or 127.0.0.1:5353.',
      );
    }
  });

  it('keep the ranges of the network apart', () => {
    assert.equal(
      refusal({ 'vpc-cidr': '198.18.0.0/16' }),
      'vpcCidr and serviceCidr have addresses in common: 198.18.0.0/16 and 198.18.0.0/24.',
    );
    assert.equal(
      refusal({ 'uplink-cidr': '10.0.0.0/16', 'public-cidr': '10.0.255.0/24' }),
      'uplinkCidr and publicCidr have addresses in common: 10.0.0.0/16 and 10.0.255.0/24.',
    );
    assert.equal(load({ 'vpc-cidr': '198.20.0.0/16' }).vpcCidr, '198.20.0.0/16');
  });

  it('take times in words', () => {
    assert.equal(load({ 'stopped-task-retention': '90s' }).stoppedTaskRetentionMs, 90_000);
    assert.equal(load({ config: file({ logFlushInterval: '250ms' }) }).logFlushIntervalMs, 250);
  });

  it('cannot be changed afterwards', () => {
    const settings = load({ registries: ['a:1=b:1'] });
    assert.ok(
      Object.isFrozen(settings) && Object.isFrozen(settings.listen) && Object.isFrozen(settings.registries),
    );
  });

  const refusals: { name: string; flags?: Flags; environment?: Environment; message: string }[] = [
    {
      name: 'an address without a port',
      flags: { listen: 'localhost' },
      message: '--listen must be HOST:PORT, for example 127.0.0.1:4580.',
    },
    {
      name: 'a range that begins inside itself',
      flags: { 'vpc-cidr': '172.31.1.0/16' },
      message: '--vpc-cidr must begin at its network address, and 172.31.1.0/16 does not.',
    },
    {
      name: 'a short account number in a variable',
      environment: { NEARGATE_ACCOUNT: '12' },
      message: 'NEARGATE_ACCOUNT must be an account number of 12 digits.',
    },
    {
      name: 'any key while others can reach the endpoint',
      flags: { open: true, listen: '0.0.0.0:4580' },
      message: 'open takes any access key, so it is refused while listening on 0.0.0.0: listen on 127.0.0.1.',
    },
    {
      name: 'a variable that is no setting',
      environment: { NEARGATE_REGOIN: 'x' },
      message: 'The variable NEARGATE_REGOIN is not a setting of Neargate.',
    },
    {
      name: 'a file that is not there',
      flags: { config: '/nowhere/neargate.json' },
      message: 'The settings file /nowhere/neargate.json cannot be read (ENOENT).',
    },
  ];
  for (const s3Endpoint of [
    'minio',
    'ftp://minio',
    'http://key:secret@minio:9000',
    'http://minio:9000/path',
    'http://minio/?x=1',
  ]) {
    refusals.push({
      name: `an S3 at ${s3Endpoint}`,
      flags: { 's3-endpoint': s3Endpoint },
      message:
        '--s3-endpoint must be http:// or https:// with HOST or HOST:PORT, for example http://127.0.0.1:9000.',
    });
  }
  refusals.push({
    name: 'keys for an S3 that is not named',
    flags: { 's3-credentials-file': '/keys' },
    message: 's3CredentialsFile signs requests to s3Endpoint, which is not set.',
  });
  refusals.push({
    name: 'an STS without keys for it',
    flags: { 'role-credentials-endpoint': 'https://sts.example' },
    message: 'roleCredentialsEndpoint is asked with the keys of roleCredentialsProfile, which is not set.',
  });
  refusals.push({
    name: 'services of secrets without keys for them',
    flags: { 'secrets-endpoint': 'https://secrets.example' },
    message: 'secretsEndpoint is asked with the keys of secretsProfile, which is not set.',
  });
  refusals.push({
    name: 'a profile of no name',
    flags: { 'secrets-profile': 'a b' },
    message: '--secrets-profile must be the name of a profile.',
  });
  for (const { name, flags = {}, environment = {}, message } of refusals) {
    it(`refuse ${name}`, () => assert.equal(refusal(flags, environment), message));
  }

  it('take several runtimes, the default first, and at least one', () => {
    assert.deepEqual(load().runtimes, ['runc']);
    assert.deepEqual(load({ runtimes: 'gvisor,runc' }).runtimes, ['gvisor', 'runc']);
    assert.deepEqual(load({ config: file({ runtimes: ['io.containerd.kata.v2'] }) }).runtimes, [
      'io.containerd.kata.v2',
    ]);
    const none = file({ runtimes: [] });
    assert.equal(refusal({ config: none }), `runtimes in ${none} must name at least one.`);
  });

  it('name the place in a file where a value is wrong or a name unknown', () => {
    const wrong = file({ pullConcurrency: -1 });
    assert.equal(
      refusal({ config: wrong }),
      `pullConcurrency in ${wrong} must be a whole number from 1 to 32.`,
    );
    const unknown = file({ pullConcurency: 1 });
    assert.equal(
      refusal({ config: unknown }),
      `The settings file ${unknown} has an unknown setting: pullConcurency.`,
    );
    const broken = file('{');
    assert.equal(refusal({ config: broken }), `The settings file ${broken} does not hold a JSON object.`);
  });
});

describe('the table of settings', () => {
  it('gives every setting one name in each place, and a description', () => {
    const names = settingNames();
    for (const kind of ['flag', 'variable', 'member'] as const) {
      assert.equal(new Set(names.map((each) => each[kind])).size, names.length);
    }
    for (const { key, flag, variable } of names) {
      assert.match(flag, /^[a-z][a-z0-9]*(-[a-z]+)*$/);
      assert.match(variable, /^NEARGATE_[A-Z][A-Z0-9]*(_[A-Z]+)*$/);
      assert.match(SETTINGS[key].doc, /^[A-Z].*\.$/, key);
    }
  });
});
