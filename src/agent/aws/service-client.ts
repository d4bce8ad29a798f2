/**
 * AWS services as the agent asks them for a task: by their usual names, over TLS, through the task's own network, so
 * that it works only where that network allows it. What the platform does by a network of its own goes straight to
 * Neargate's endpoint.
 */
import { connect as connectTcp, type Socket } from 'node:net';
import { once } from 'node:events';
import { rootCertificates, type SecureContext } from 'node:tls';
import type { Duplex } from 'node:stream';
import { AppError, isApiError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Dialer, DialTarget } from '../../ports/dialer.ts';
import { createJsonClient, type JsonClient } from '../../wire/aws-json/client.ts';
import type { SchemaCodecs } from '../../wire/aws-json/operation-codec.ts';
import { secured } from '../../wire/http/secured.ts';
import type { OperationSchema } from '../../wire/service.ts';
import type { SigningCredentials } from '../../wire/sigv4/sign.ts';
import { attemptedCall, type CallPolicy, type Outcome } from '../inputs/attempted-call.ts';

export interface ServiceAccess {
  /** Neargate's endpoint: the platform's own way, over plain HTTP. */
  readonly endpoint: DialTarget;
  /** How tasks' networks know the services. Absent: by the endpoint, too (where tasks have no real network). */
  readonly names?: {
    /** `amazonaws.com` */
    readonly suffix: string;
    /** PEM of the authority that made the services' certificates. */
    readonly ca: string;
    /** The same for all connections: one of its own would take some 100 KiB of memory for each. */
    readonly trust?: SecureContext;
  };
  /** Shared by all clients, for the same reason. */
  readonly codecs?: SchemaCodecs;
  readonly clock: Clock;
}

export interface ServiceRequest {
  /** What the host name begins with: `logs`, `api.ecr`. */
  readonly hostPrefix: string;
  /** In the credential scope: `logs`, `ecr`. */
  readonly signingName: string;
  readonly targetPrefix: string;
  readonly region: string;
  /** Keys that are valid now: of the task's execution role, or of whoever else signs. */
  readonly credentials: () => Promise<SigningCredentials>;
  /** The task's; absent: the platform's own way. */
  readonly dialer: Dialer | undefined;
  /** In place of the service's usual name, reached by the same way; without a dialer from the machine itself. */
  readonly endpoint?: URL | undefined;
  /** For one call, connecting included; longer than a connection may take. Default 20 s. */
  readonly timeoutMs?: number;
}

const TLS_PORT = 443;
const PLAIN_PORT = 80;
const USUAL_SUFFIX = 'amazonaws.com';
const CALL_TIMEOUT_MS = 20_000;
/** Errors of a connection that was there. */
const BROKEN_OFF: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE']);

/** A client of one service. It connects at the first call; calls throw as JsonClient says. */
export function openServiceClient(access: ServiceAccess, request: ServiceRequest): JsonClient {
  const { signingName: service, targetPrefix, region, credentials, timeoutMs = CALL_TIMEOUT_MS } = request;
  return createJsonClient({
    service,
    targetPrefix,
    region,
    credentials,
    host: authority(access, request),
    connect: (signal) => openConnection(access, request, signal),
    clock: access.clock,
    ...(access.codecs !== undefined && { codecs: access.codecs }),
    timeoutMs,
  });
}

/** `https://api.ecr.us-east-1.amazonaws.com/`: as messages name it. */
export function serviceUrl(
  access: ServiceAccess,
  { hostPrefix, region }: Pick<ServiceRequest, 'hostPrefix' | 'region'>,
): string {
  return `https://${hostPrefix}.${region}.${servicesSuffix(access)}/`;
}

/** What the names of services end in. */
export function servicesSuffix({ names }: ServiceAccess): string {
  return names?.suffix ?? USUAL_SUFFIX;
}

/**
 * One call, tried again while that may help. Failures are AppErrors, also those that the service answered: `not-found`,
 * `failed-precondition` (`details.denied`), `unavailable` (throttled, its own fault) or `invalid`, with
 * `details.awsCode`, `status` and `requestId`.
 */
export function callService<O>(
  client: JsonClient,
  { operation, input }: { readonly operation: OperationSchema; readonly input: object },
  policy: CallPolicy,
  clock: Clock,
  signal: AbortSignal,
): Promise<Outcome<O>> {
  return attemptedCall((inner) => askService<O>(client, operation, input, inner), policy, clock, signal);
}

/** The same, once. */
export async function askService<O>(
  client: JsonClient,
  operation: OperationSchema,
  input: object,
  signal?: AbortSignal,
): Promise<O> {
  try {
    return await client.call<object, O>(operation, input, signal);
  } catch (error) {
    if (!isApiError(error)) throw error;
    const denied = /AccessDenied|UnrecognizedClient|ExpiredToken|InvalidSignature/.test(error.code);
    throw new AppError(denied ? 'failed-precondition' : kindOf(error.code), error.message, {
      cause: error,
      details: { awsCode: error.code, ...error.received, ...(denied && { denied }) },
    });
  }
}

function kindOf(code: string): 'not-found' | 'unavailable' | 'invalid' {
  if (/NotFound/.test(code)) return 'not-found';
  return /Throttl|TooManyRequests|ServiceUnavailable|Internal|ServerException/.test(code)
    ? 'unavailable'
    : 'invalid';
}

interface ServiceTarget extends DialTarget {
  /** PEM of the authority to believe; undefined: plain HTTP. */
  readonly ca: string | undefined;
  readonly trust?: SecureContext | undefined;
}

/** Where a request goes: to the address it names, by the service's name through the task's network, or to the endpoint. */
function targetOf({ endpoint, names }: ServiceAccess, request: ServiceRequest): ServiceTarget {
  const { hostPrefix, region, dialer, endpoint: own } = request;
  if (own !== undefined) {
    const isSecure = own.protocol === 'https:';
    const port = own.port === '' ? (isSecure ? TLS_PORT : PLAIN_PORT) : Number(own.port);
    return { host: own.hostname, port, ca: isSecure ? authorities(names?.ca) : undefined };
  }
  if (dialer === undefined || names === undefined) return { ...endpoint, ca: undefined };
  return {
    host: `${hostPrefix}.${region}.${names.suffix}`,
    port: TLS_PORT,
    ca: names.ca,
    trust: names.trust,
  };
}

/** Of a service that may be anywhere: the public ones, and ours. */
function authorities(ca: string | undefined): string {
  return [...rootCertificates, ...(ca === undefined ? [] : [ca])].join('\n');
}

function authority(access: ServiceAccess, request: ServiceRequest): string {
  const { host, port, ca } = targetOf(access, request);
  return port === (ca === undefined ? PLAIN_PORT : TLS_PORT) ? host : `${host}:${port}`;
}

async function openConnection(
  access: ServiceAccess,
  request: ServiceRequest,
  signal: AbortSignal,
): Promise<Duplex> {
  const { host, port, ca, trust } = targetOf(access, request);
  if (request.dialer === undefined && request.endpoint === undefined) {
    return connectDirectly({ host, port }, signal);
  }
  try {
    const socket = await (request.dialer?.connect({ host, port }, signal) ??
      connectDirectly({ host, port }, signal));
    return ca === undefined ? socket : await secured(socket, { servername: host, ca, trust }, signal);
  } catch (error) {
    throw connectFailure(error, { host, port });
  }
}

async function connectDirectly(target: DialTarget, signal: AbortSignal): Promise<Socket> {
  const socket = connectTcp({ ...target, signal });
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  return socket;
}

/** Keeps what the dialer said (address, errno) and adds whither it was. */
function connectFailure(error: unknown, target: DialTarget): AppError {
  if (!(error instanceof AppError)) {
    const { message, code: syscallCode } = error as NodeJS.ErrnoException;
    // What came about and broke off is no fault of the way: whoever tries again waits longer for it.
    const isOfWay = syscallCode !== undefined && !BROKEN_OFF.has(syscallCode);
    const details = { ...target, ...(isOfWay && { syscallCode }) };
    return new AppError('unavailable', message, { cause: error, details });
  }
  return new AppError(error.kind, error.message, { cause: error, details: { ...target, ...error.details } });
}
