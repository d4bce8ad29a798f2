/**
 * Puts sensible values in the place of random ones now and then, so that requests get further than the first check:
 * what members of that name usually hold, and what earlier requests and answers told there. Names of new things are few,
 * so that a long run meets the same ones again.
 */

type Random = () => number;

const pick = <T>(random: Random, choices: readonly T[]): T =>
  choices[Math.floor(random() * choices.length)] as T;

const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }],
});
const CIDRS = [
  '10.0.0.0/16',
  '10.0.1.0/24',
  '10.0.2.0/28',
  '172.31.64.0/20',
  '0.0.0.0/0',
  '10.0.0.0/99',
  '::/0',
];

/** By the member's name, without regard to capitals. */
const USUAL: Readonly<Record<string, readonly unknown[]>> = {
  launchtype: ['FARGATE'],
  requirescompatibilities: ['FARGATE'],
  networkmode: ['awsvpc'],
  cpu: ['256', '512', 256],
  memory: ['512', '1024', 512],
  count: [1, 2],
  image: ['busybox', 'a/b:c@sha256:0'],
  platformversion: ['LATEST', '1.4.0', '1.3.0'],
  assignpublicip: ['ENABLED', 'DISABLED'],
  cidrblock: CIDRS,
  cidrip: CIDRS,
  destinationcidrblock: CIDRS,
  ipprotocol: ['tcp', '-1', 'udp', 'icmp'],
  domain: ['vpc'],
  availabilityzone: ['us-east-1a', 'us-east-1b'],
  type: ['String', 'SecureString', 'StringList'],
  policy: [POLICY, '{}'],
  policydocument: [POLICY, '{}'],
  resourcepolicy: [POLICY],
  assumerolepolicydocument: [POLICY, '{}'],
  metricname: ['Requests', 'CPUUtilization'],
  namespace: ['Own', 'AWS/ECS'],
  statistics: ['Sum', 'Average'],
  stat: ['Sum', 'p99'],
  period: [60, 300],
  unit: ['Count', 'None'],
  trafficType: ['ALL', 'REJECT'],
  maxresults: [1, 5, 100],
  limit: [1, 50],
  retentionindays: [1, 7],
  throughputmode: ['bursting', 'elastic'],
  performancemode: ['generalPurpose'],
  dryrun: [false],
};

/** Of names that begin new things. */
const NAMES = ['a', 'b', 'app', 'web-1', '/a', '/a/b', 'x_y.z', 'default'];
const KEPT_OF_A_NAME = 24;
/** Longer texts are no names. */
const LONGEST = 300;
const HOUR_MS = 3_600_000;

/** What names have meant so far. */
export class SensibleValues {
  readonly #told = new Map<string, string[]>();

  /** An input in which `$name` stands for what was told last under that name. */
  filled(value: unknown): unknown {
    if (typeof value === 'string' && value.startsWith('$')) {
      return this.#told.get(value.slice(1))?.at(-1) ?? value;
    }
    if (Array.isArray(value)) return value.map((item) => this.filled(item));
    if (typeof value !== 'object' || value === null || value instanceof Date) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.filled(item)]));
  }

  /** Replaces values of an input; `nowMs` is the time around which things happen. */
  put(value: unknown, random: Random, nowMs: number, name = ''): unknown {
    if (Array.isArray(value)) return value.map((item) => this.put(item, random, nowMs, name));
    if (value instanceof Date) return random() < 0.6 ? new Date(nowMs - random() * HOUR_MS) : value;
    if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array)) {
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, this.put(item, random, nowMs, key)]),
      );
    }
    const usual = USUAL[name.toLowerCase()]?.filter((each) => typeof each === typeof value);
    if (usual !== undefined && usual.length > 0 && random() < 0.8) return pick(random, usual);
    if (typeof value === 'number' && /time(stamp)?$/i.test(name) && random() < 0.6) {
      return Math.floor(nowMs - random() * HOUR_MS);
    }
    if (typeof value !== 'string') return value;
    const told = this.#told.get(base(name));
    if (told !== undefined && random() < 0.5) return pick(random, told);
    return random() < 0.3 ? pick(random, NAMES) : value;
  }

  /** Notes what a request that was answered well had in it, and what the answer says (JSON or XML). */
  learn(input: unknown, answer: string): void {
    this.#learnInput(input, '');
    for (const [, name = '', value = ''] of answer.matchAll(/"(\w{1,60})":"([^"\\]{1,300})"/g)) {
      this.#note(name, value);
    }
    for (const [, name = '', value = ''] of answer.matchAll(/<(\w{1,60})>([^<&]{1,300})</g)) {
      this.#note(name, value);
    }
  }

  #learnInput(value: unknown, name: string): void {
    if (typeof value === 'string') this.#note(name, value);
    else if (Array.isArray(value)) for (const item of value) this.#learnInput(item, name);
    else if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
      for (const [key, item] of Object.entries(value)) this.#learnInput(item, key);
    }
  }

  #note(name: string, value: string): void {
    if (value === '' || value.length > LONGEST) return;
    const kind = /^arn:aws:[\w:-]*:([a-z-]+)[/:]/.exec(value)?.[1];
    if (kind !== undefined) {
      this.#keep(kind.replaceAll('-', ''), value);
      this.#keep(`${kind}:`, value);
    }
    const prefix = /^([a-z]{1,12}-)[0-9a-f]{8,17}$/.exec(value)?.[1];
    if (prefix !== undefined) this.#keep(prefix, value);
    this.#keep(base(name), value);
  }

  #keep(key: string, value: string): void {
    const told = this.#told.get(key) ?? [];
    if (told.includes(value)) return;
    told.push(value);
    if (told.length > KEPT_OF_A_NAME) told.shift();
    this.#told.set(key, told);
  }
}

/** `TaskArn`, `tasks` and `taskId` tell of the same thing. */
function base(name: string): string {
  return name.toLowerCase().replace(/(?:arn|id)?s?$/, '');
}
