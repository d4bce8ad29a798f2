/** Settings of where images, secrets and files come from, and of how they are asked for. */
import {
  duration,
  httpAddress,
  integer,
  list,
  localRegistry,
  optional,
  path,
  pattern,
  registryMirror,
} from './kinds.ts';
import { setting } from './setting.ts';

const PROFILE = pattern(/^[\w+=,.@:/-]{1,128}$/, 'must be the name of a profile', 'PROFILE');

export const SOURCE_SETTINGS = {
  registries: setting(list(localRegistry), {
    fallback: [],
    doc: 'Registries of this host that tasks may pull from under a name: `NAME=HOST:PORT`, or `NAME=https://HOST:PORT` where it speaks TLS.',
  }),
  insecureRegistries: setting(
    list(pattern(/^[A-Za-z0-9.-]+(:\d+)?$/, 'must be HOST or HOST:PORT', 'HOST:PORT')),
    {
      fallback: [],
      doc: 'Registries that are asked over HTTP instead of HTTPS. Those on loopback always are.',
    },
  ),
  registryMirrors: setting(list(registryMirror), {
    fallback: [],
    doc: 'Where the content of a registry is found too, as in `docker.io=https://mirror.example`: asked in this order before the registry itself, which has the last word (see [image pulls](how-to/image-pulls.md)).',
  }),
  connectTimeoutMs: setting(duration(100, 300_000), {
    fallback: '5s',
    doc: "How long a connection from a task's network may take that Neargate makes for the task: to AWS's services, and to S3.",
  }),
  serviceTimeoutMs: setting(duration(100, 600_000), {
    fallback: '10s',
    doc: 'How long an AWS service may take to answer what is asked for a task before it starts (secrets, the login to ECR, the log stream), the connection included.',
  }),
  serviceAttempts: setting(integer(1, 20), {
    fallback: 3,
    doc: 'How often an AWS service is asked that does not answer. A task whose network does not let it reach one fails after this many times `connectTimeout` and pauses of up to 2 s; on AWS it takes some five minutes.',
  }),
  secretsFile: setting(optional(path), {
    doc: 'A JSON file with the values of secrets and parameters, by ARN or name; readable by its owner only. It goes before Secrets Manager and the Parameter Store, which are asked for what it has not. See [secrets](how-to/secrets.md).',
  }),
  sealingKeyFile: setting(path, {
    fallbackOn: (host) =>
      host.isRoot ? '/etc/neargate/sealing.key' : `${host.home}/.config/neargate/sealing.key`,
    fallbackWords: '`/etc/neargate/sealing.key` (for root), `~/.config/neargate/sealing.key`',
    doc: 'The key under which values of secrets and parameters are kept, apart from the data directory; made with the first of them. Without it they cannot be had back: keep a copy, but not with the data. See [secrets](how-to/secrets.md#how-they-are-kept).',
  }),
  s3Endpoint: setting(optional(httpAddress), {
    doc: 'The S3 service that stands behind the names of S3 in VPCs, for environment files and for tasks themselves; the host reaches it for them. See [environment files](how-to/environment-files.md).',
  }),
  s3CredentialsFile: setting(optional(path), {
    doc: "A shared credentials file of AWS's tools, whose profile `default` signs the requests to `s3Endpoint`; readable by its owner only. Without it they are anonymous.",
  }),
  roleCredentialsProfile: setting(optional(PROFILE), {
    doc: "A profile of the AWS configuration of the control plane's machine. With it the roles of tasks are those of a real account: their credentials come from STS of AWS, which is asked with the profile's keys. See [roles](how-to/roles.md#roles-of-an-aws-account).",
  }),
  roleCredentialsEndpoint: setting(optional(httpAddress), {
    doc: 'The STS that is asked for `roleCredentialsProfile`, where it is not that of the region.',
  }),
  secretsProfile: setting(optional(PROFILE), {
    doc: "A profile of the AWS configuration of the machine. With it the secrets and parameters of tasks come from Secrets Manager and the Parameter Store of a real account, which are asked with the profile's keys from the machine itself. See [secrets](how-to/secrets.md#secrets-of-an-aws-account).",
  }),
  secretsEndpoint: setting(optional(httpAddress), {
    doc: 'Where Secrets Manager and the Parameter Store are asked for `secretsProfile`, where it is not those of the region.',
  }),
} as const;
