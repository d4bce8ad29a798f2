/** Smithy's RPC v2 CBOR: the path names service and operation, bodies are CBOR. Newer SDKs choose it where they may. */
import { cbor } from '@smithy/core/cbor';
import { ApiError } from '../../domain/errors.ts';
import { missingMembersError } from '../json/body.ts';
import { type Decode, DecoderCompiler, newDecodeState } from '../json/decode.ts';
import { ModelledExceptions } from '../modelled-exceptions.ts';
import type { BoundOperation, ErrorEnvelope, Protocol } from '../protocol.ts';
import { type OperationDefinition, permissionsOf, type RpcV2CborService } from '../service.ts';
import { resolveShape } from '../shape.ts';
import type { WireRequest } from '../sigv4/canonical-request.ts';
import { headerOf } from '../sigv4/signature-claim.ts';
import { type Encode, EncoderCompiler } from './encode.ts';
import { CBOR_SCALARS } from './scalars.ts';
import { checkCbor } from './well-formed.ts';

const CBOR = 'application/cbor';
const CBOR_BODY = /^application\/cbor(?:\s*;|\s*$)/i;
const HEADERS = { 'smithy-protocol': 'rpc-v2-cbor' } as const;

/** What all paths of a service begin with. */
export const rpcPath = (shapeName: string): string => `/service/${shapeName}/operation/`;

export class RpcV2CborProtocol implements Protocol {
  readonly #decoders = new DecoderCompiler(CBOR_SCALARS);
  readonly #encoders = new EncoderCompiler();
  readonly #byPath = new Map<string, BoundOperation>();
  readonly #prefixes: readonly string[];

  constructor(services: readonly RpcV2CborService[]) {
    this.#prefixes = services.map(({ shapeName }) => rpcPath(shapeName));
    for (const service of services) {
      for (const definition of service.operations) {
        const path = `${rpcPath(service.shapeName)}${definition.name}`;
        if (this.#byPath.has(path)) throw new Error(`${path} is defined twice`);
        this.#byPath.set(path, this.#bind(service, definition));
      }
    }
  }

  speaks({ url }: WireRequest): boolean {
    return this.#prefixes.some((prefix) => url.startsWith(prefix));
  }

  operationOf(request: WireRequest): BoundOperation {
    const operation = this.#byPath.get(request.url);
    const isRpc = headerOf(request, 'smithy-protocol')?.toLowerCase() === HEADERS['smithy-protocol'];
    if (operation !== undefined && isRpc && request.method === 'POST') return operation;
    throw new ApiError(
      'UnknownOperationException',
      'The action or operation requested is not valid. Verify that the action is typed correctly.',
    );
  }

  envelope(error: ApiError): ErrorEnvelope {
    return unmodelledEnvelope(error);
  }

  #bind(service: RpcV2CborService, definition: OperationDefinition): BoundOperation {
    const [, namespace, , , inputSchema, outputSchema] = definition.schema;
    const exceptions = new ModelledExceptions(namespace, (schema) => this.#encoders.compile(schema));
    const answersNothing = resolveShape(outputSchema).kind === 'unit';
    let decode: Decode | undefined;
    let encode: Encode | undefined;
    return {
      service: service.name,
      permissions: permissionsOf(service),
      definition,
      contentType: CBOR,
      headers: HEADERS,
      successStatus: 200,
      // Asked for when something failed: finding out reads the schemas of all exceptions.
      get serverFault() {
        const code = exceptions.has('InternalServiceFault') ? 'InternalServiceFault' : 'InternalFailure';
        return new ApiError(code, 'Request processing has failed.');
      },
      decodeInput: (request) => {
        decode ??= this.#decoders.compile(inputSchema);
        const state = newDecodeState();
        const input = decode(parseCbor(request), state) as object;
        if (state.missing.length > 0) throw missingMembersError('ValidationException', state.missing);
        return input;
      },
      encodeOutput: (output) => {
        if (answersNothing) return cbor.serialize({});
        encode ??= this.#encoders.compile(outputSchema, definition.name);
        return cbor.serialize(encode(output ?? {}));
      },
      envelope: (error) => {
        const encoded = exceptions.encode(error);
        if (encoded === undefined) return unmodelledEnvelope(error);
        return {
          status: encoded.status,
          code: error.code,
          contentType: CBOR,
          headers: { ...HEADERS, ...encoded.headers },
          body: cbor.serialize({ __type: `${namespace}#${error.code}`, ...(encoded.members as object) }),
        };
      },
    };
  }
}

/** Of errors that all services have; any other is 400. */
const COMMON_STATUS: Readonly<Record<string, number>> = {
  UnknownOperationException: 404,
  InternalFailure: 500,
};

function unmodelledEnvelope({ code, message }: ApiError): ErrorEnvelope {
  return {
    status: COMMON_STATUS[code] ?? 400,
    code,
    contentType: CBOR,
    headers: HEADERS,
    body: cbor.serialize({ __type: code, message }),
  };
}

function parseCbor(request: WireRequest): unknown {
  const { body } = request;
  if (body.byteLength === 0) return {};
  if (!CBOR_BODY.test(headerOf(request, 'content-type') ?? '')) {
    throw new ApiError('SerializationException', `Content-Type must be ${CBOR}`);
  }
  checkCbor(body);
  return cbor.deserialize(body);
}
