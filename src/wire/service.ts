/**
 * What an AWS service is to the front door: a list of operations, each a schema of AWS's SDK and a handler.
 * Nothing here knows HTTP. A handler gets its input decoded and checked by the schema (required members present,
 * types right, null as absent, timestamps as Date, unknown members gone), and answers with the SDK's response type;
 * what the response holds beyond the schema never reaches the wire. It fails with ApiError (domain/errors.ts) whose
 * code is an exception of the service; anything else thrown is logged and answered as a server error without its text.
 */
import type { Scope } from '../domain/arn.ts';
import type { Arrival, ServicePermissions } from './authorization.ts';
import type { SessionLimits } from './sigv4/credentials.ts';

/** Who asks, and where. */
export interface RequestContext {
  /** Account of the caller's credentials, region of its credential scope. */
  readonly scope: Scope;
  /** ARN of the caller, e.g. `arn:aws:iam::000000000000:root` or an assumed-role ARN. */
  readonly principalArn: string;
  /** Of a session that may do less than its principal. */
  readonly limits?: SessionLimits;
  /** How the request came; absent where that is not known. */
  readonly arrival?: Arrival;
  /** A UUID; the caller sees it as x-amzn-RequestId. */
  readonly requestId: string;
  /** Aborts when the caller has gone away or the front door closes. */
  readonly signal: AbortSignal;
}

/** An operation as `@aws-sdk/client-*` exports it (`RunTask$`): id 9, namespace, name, traits, input, output. */
export type OperationSchema = readonly [
  kind: 9,
  namespace: string,
  name: string,
  traits: unknown,
  input: unknown,
  output: unknown,
];

/** A body in two parts. */
export interface SetAside {
  /** What the schema is to decode. */
  readonly rest: Uint8Array;
  /** Members that are added to the input. */
  readonly members: object;
}

export interface OperationDefinition<I extends object = object, O extends object | void = object | void> {
  readonly name: string;
  readonly schema: OperationSchema;
  /** AWS JSON only: takes a part that is large out of a body before the schema decodes it; undefined: leaves all to it. */
  readonly setAside?: ((body: Uint8Array) => SetAside | undefined) | undefined;
  handle(input: I, context: RequestContext): Promise<O>;
}

/** A service that speaks several protocols is one definition for each, with the same name and operations. */
export type ServiceDefinition =
  | AwsJsonService
  | AwsQueryService
  | Ec2QueryService
  | RestJsonService
  | RpcV2CborService;

interface AnyService {
  /** The name in the credential scope: `ecs`, `logs`. */
  readonly name: string;
  readonly operations: readonly OperationDefinition[];
  /** What its operations act on. Absent: each is allowed by its name, on nothing particular. */
  readonly permissions?: ServicePermissions;
}

export interface AwsJsonService extends AnyService {
  readonly protocol: 'aws-json';
  /** What stands before the dot of X-Amz-Target, e.g. `AmazonEC2ContainerServiceV20141113`. */
  readonly targetPrefix: string;
  readonly jsonVersion: '1.0' | '1.1';
  /** Of answers that are no errors, besides the usual ones. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface AwsQueryService extends AnyService {
  readonly protocol: 'aws-query';
  /** The parameter `Version` of requests, e.g. `2011-06-15`. */
  readonly version: string;
  /** Of its XML documents, e.g. `https://sts.amazonaws.com/doc/2011-06-15/`. */
  readonly xmlNamespace: string;
  /** Some of its numbers have fractions; whether one must be whole is then for its operations to say. Default false. */
  readonly hasFractions?: boolean;
}

export interface Ec2QueryService extends AnyService {
  readonly protocol: 'ec2-query';
  /** The parameter `Version` of requests, e.g. `2016-11-15`. */
  readonly version: string;
}

/** Methods, paths and statuses are in the operations' schemas. */
export interface RestJsonService extends AnyService {
  readonly protocol: 'rest-json';
  /** What all of its paths begin with, and no other service's, e.g. `/2015-02-01/`. */
  readonly pathPrefix: string;
}

export interface RpcV2CborService extends AnyService {
  readonly protocol: 'rpc-v2-cbor';
  /** The service in paths, `/service/<shapeName>/operation/<operation>`. */
  readonly shapeName: string;
}

/** What the service says its operations act on; by default each is on nothing particular. */
export function permissionsOf({ name, permissions }: AnyService): ServicePermissions {
  return permissions ?? { prefix: name, rules: {} };
}

/**
 * Ties a schema of the SDK to its handler; input and output types come from the handler:
 * `operation(RunTask$, async (input: RunTaskRequest, context): Promise<RunTaskResponse> => …)`.
 */
export function operation<I extends object, O extends object | void>(
  schema: OperationSchema,
  handle: (input: I, context: RequestContext) => Promise<O>,
  setAside?: OperationDefinition['setAside'],
): OperationDefinition<I, O> {
  return { name: schema[2], schema, handle, setAside };
}
