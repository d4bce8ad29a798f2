/** Settings of the program and its endpoint: where it is, who may ask, what it says. */
import { choice, list, listenAddress, onOff, optional, path, pattern } from './kinds.ts';
import { setting } from './setting.ts';

export const ENDPOINT_SETTINGS = {
  dataDir: setting(path, {
    fallbackOn: (host) => (host.isRoot ? '/var/lib/neargate' : `${host.home}/.local/share/neargate`),
    fallbackWords: '`/var/lib/neargate` (for root), `~/.local/share/neargate`',
    doc: 'Where Neargate keeps its files. Sockets lie below it, so its path must be short.',
  }),
  runtimeDir: setting(optional(path), {
    fallbackWords: '`/run/neargate` for the data in `/var/lib/neargate`, else `run` in the data directory',
    doc: 'Where sockets and pid files are, which nobody needs once the machine has been restarted. A directory of its own for each data directory.',
  }),
  listen: setting(listenAddress, {
    fallback: '127.0.0.1:4580',
    doc: 'Where the AWS endpoint listens. Port 0 takes a free one.',
  }),
  region: setting(pattern(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region name such as us-east-1', 'REGION'), {
    fallback: 'us-east-1',
    doc: 'The AWS region that the default VPC lies in.',
  }),
  account: setting(pattern(/^\d{12}$/, 'must be an account number of 12 digits', 'ACCOUNT'), {
    fallback: '000000000000',
    doc: 'The AWS account of the keys that are made at the first start.',
  }),
  open: setting(onOff, {
    fallback: false,
    doc: 'Take any access key without checking signatures; a key id of 12 digits selects that account. Only while listening on loopback.',
  }),
  iam: setting(choice('enforce', 'permissive'), {
    fallback: 'enforce',
    doc: 'What roles may do: `enforce` lets their policies decide, and a role that is not there cannot be used; `permissive` allows everything, and roles need not exist (see [roles](how-to/roles.md)).',
  }),
  apiThrottling: setting(choice('off', 'aws'), {
    fallback: 'off',
    doc: 'How often an account may ask: `aws` refuses what AWS would throttle by its documented quotas (see [throttling](how-to/throttling.md)), `off` nothing.',
  }),
  readyFile: setting(optional(path), {
    doc: 'A file that is written when Neargate is ready: JSON with the endpoint, the keys, region and account; readable by its owner only.',
  }),
  fake: setting(onOff, {
    fallback: false,
    doc: 'Run no containers: tasks pass through all their states with a fake runtime. Needs no root and no containerd.',
  }),
  logLevel: setting(choice('debug', 'info', 'warn', 'error'), {
    fallback: 'info',
    doc: 'The least important log lines to write.',
  }),
  logFormat: setting(choice('text', 'json'), {
    fallbackOn: (host) => (host.hasTerminal ? 'text' : 'json'),
    fallbackWords: '`text` on a terminal, `json` otherwise',
    doc: 'How log lines look.',
  }),
  allowedHosts: setting(list(pattern(/^[A-Za-z0-9.-]+$/, 'must be a host name', 'HOST')), {
    fallback: [],
    doc: 'Names, besides loopback and the address listened on, by which clients may address the endpoint.',
  }),
  platformLatest: setting(choice('1.4.0', '1.3.0'), {
    fallback: '1.4.0',
    doc: 'The platform version that LATEST stands for.',
  }),
} as const;
