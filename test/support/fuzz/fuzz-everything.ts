/** Sends random requests for every operation of every service to an endpoint that takes any key, and judges the answers. */
import { Agent, request as httpRequest } from 'node:http';
import { pick, seededRandom } from './fuzz.ts';
import { FIRST_REQUESTS } from './first-requests.ts';
import { type DrawnInput, drawInput, type FuzzRequest, requestOf } from './random-requests.ts';
import { SensibleValues } from './sensible-values.ts';
import { servedServices } from './served-services.ts';
import { patient } from '../../../src/ports/testing/patience.ts';
import type { OperationDefinition, ServiceDefinition } from '../../../src/wire/service.ts';

export interface FuzzEverythingOptions {
  readonly endpoint: string;
  readonly requests: number;
  /** Which requests are drawn; what answers tell comes into later ones, in the order that they come in. */
  readonly seed: number;
  /** Called when a tenth has been answered. */
  readonly onTenth?: (answered: number) => void | Promise<void>;
}

export interface Violation {
  readonly service: string;
  readonly operation: string;
  readonly request: string;
  /** Base64, as it was sent. */
  readonly body: string;
  readonly answer: string;
}

export interface FuzzEverythingReport {
  /** Answers by protocol and status. */
  readonly statuses: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Operations that were asked, and those of them that answered well at least once. */
  readonly operations: {
    readonly asked: number;
    readonly answered: number;
    readonly never: readonly string[];
  };
  /** Answers that are neither 2xx nor a 4xx in the protocol's words. */
  readonly violations: readonly Violation[];
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly errorType: string | undefined;
}

const AT_ONCE = 8;
const KNOWN_INPUTS = 6;
/** A connection that is not served for so long counts as broken. */
const ANSWER_MS = patient(60_000);
/** A key that is an account's number; the signature is not looked at, but forms have to have one. */
const AUTHORIZATION =
  'AWS4-HMAC-SHA256 Credential=000000000000/20260101/us-east-1/any/aws4_request, SignedHeaders=host, Signature=00';

export async function fuzzEverything(options: FuzzEverythingOptions): Promise<FuzzEverythingReport> {
  const fuzzer = new Fuzzer(options);
  try {
    await fuzzer.run();
  } finally {
    fuzzer.close();
  }
  return fuzzer.report();
}

interface Target {
  readonly service: ServiceDefinition;
  readonly operation: OperationDefinition;
  /** Inputs that were answered well, the newest last. */
  readonly known: unknown[];
}

class Fuzzer {
  readonly #options: FuzzEverythingOptions;
  readonly #random: () => number;
  readonly #sensible = new SensibleValues();
  readonly #agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  readonly #targets: readonly Target[] = servedServices().flatMap((service) =>
    service.operations.map((operation) => ({ service, operation, known: [] })),
  );
  readonly #statuses: Record<string, Record<string, number>> = {};
  readonly #asked = new Set<string>();
  readonly #answered = new Set<string>();
  readonly #violations: Violation[] = [];
  #sent = 0;
  #done = 0;

  constructor(options: FuzzEverythingOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
  }

  async run(): Promise<void> {
    for (const [service, operation, template] of FIRST_REQUESTS) {
      const input = this.#sensible.filled(template);
      for (const target of this.#targets) {
        if (target.service.name !== service || target.operation.name !== operation) continue;
        await this.#ask(target, { input, isOdd: false });
      }
    }
    // Each once, before chance decides.
    const untried = [...this.#targets];
    const worker = async (): Promise<void> => {
      while (this.#sent < this.#options.requests) {
        const target = untried.pop() ?? pick(this.#random, this.#targets);
        const sense = (input: unknown): unknown => this.#sensible.put(input, this.#random, Date.now());
        await this.#ask(target, drawInput(target.operation, this.#random, target.known, sense));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  async #ask({ service, operation, known }: Target, drawn: DrawnInput): Promise<void> {
    this.#sent += 1;
    const request = requestOf(service, operation, drawn, this.#random);
    const answer = await exchange(this.#agent, this.#options.endpoint, request);
    const name = `${service.name} ${operation.name}`;
    this.#asked.add(name);
    const ofProtocol = (this.#statuses[service.protocol] ??= {});
    ofProtocol[answer.status] = (ofProtocol[answer.status] ?? 0) + 1;
    if (answer.status >= 200 && answer.status < 300) {
      this.#answered.add(name);
      this.#sensible.learn(request.input, answer.text);
      known.push(request.input);
      // The first stays: it is a right one that somebody thought of.
      if (known.length > KNOWN_INPUTS) known.splice(1, 1);
    } else if (!isProper(answer)) {
      this.#violations.push(violation(service.name, operation.name, request, answer));
    }
    this.#done += 1;
    const { requests, onTenth } = this.#options;
    if (this.#done % Math.ceil(requests / 10) === 0) await onTenth?.(this.#done);
  }

  close(): void {
    this.#agent.destroy();
  }

  report(): FuzzEverythingReport {
    const never = [...this.#asked].filter((name) => !this.#answered.has(name)).sort();
    const operations = { asked: this.#asked.size, answered: this.#answered.size, never };
    return { statuses: this.#statuses, operations, violations: this.#violations };
  }
}

/** An error of the caller by a name, in whatever form the protocol has: JSON and CBOR name its type, XML its code. */
function isProper({ status, text, errorType }: Answer): boolean {
  if (status < 400 || status > 499) return false;
  return errorType !== undefined && /__type|[Mm]essage|<Code>/.test(text);
}

function violation(service: string, operation: string, request: FuzzRequest, answer: Answer): Violation {
  return {
    ...{ service, operation },
    request: `${request.method} ${request.path} ${JSON.stringify(request.headers)}`,
    body: request.body.toString('base64'),
    answer: `${answer.status} ${answer.text.slice(0, 500)}`,
  };
}

/** A connection that breaks counts as status 0. */
function exchange(agent: Agent, endpoint: string, request: FuzzRequest): Promise<Answer> {
  const { method, path, body } = request;
  const headers = { ...request.headers, authorization: AUTHORIZATION, 'content-length': String(body.length) };
  const signal = AbortSignal.timeout(ANSWER_MS);
  return new Promise((resolve) => {
    const fail = (error: Error): void => resolve({ status: 0, text: error.message, errorType: undefined });
    const asking = httpRequest(endpoint, { agent, method, path, headers, signal }, (response) => {
      let text = '';
      response.setEncoding('latin1');
      response.on('error', fail);
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        const errorType = response.headers['x-amzn-errortype'];
        resolve({ status: response.statusCode ?? 0, text, errorType: errorType?.toString() });
      });
    });
    asking.on('error', fail);
    asking.end(body);
  });
}
