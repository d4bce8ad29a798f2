/** AWS's restJson1: method and path name the operation; path, query and body carry its input, the body its output. */
import { ApiError } from '../../domain/errors.ts';
import { missingMembersError } from '../json/body.ts';
import { type Decode, newDecodeState } from '../json/decode.ts';
import type { Encode } from '../json/encode.ts';
import { ModelledExceptions } from '../modelled-exceptions.ts';
import { SchemaCompilers } from '../json/schema-compilers.ts';
import type { BoundOperation, ErrorEnvelope, Protocol } from '../protocol.ts';
import {
  type OperationDefinition,
  type OperationSchema,
  permissionsOf,
  type RestJsonService,
} from '../service.ts';
import { resolveShape } from '../shape.ts';
import type { WireRequest } from '../sigv4/canonical-request.ts';
import { commonEnvelope, JSON_CONTENT_TYPE, modelledEnvelope } from './errors.ts';
import { type GatherInput, inputGatherer, refuseUnknownBindings } from './input.ts';
import { byLabels, labelsOf, matchRoute, pathSegments, type Route, routeOf } from './route.ts';

interface RoutedOperation {
  readonly route: Route;
  readonly operation: BoundOperation;
}

export class RestJsonProtocol implements Protocol {
  readonly #compilers = new SchemaCompilers();
  readonly #exceptions = new Map<string, ModelledExceptions<string>>();
  readonly #prefixes: readonly string[];
  readonly #operations: readonly RoutedOperation[];

  constructor(services: readonly RestJsonService[]) {
    this.#prefixes = services.map(({ pathPrefix }) => pathPrefix);
    this.#operations = services
      .flatMap((service) => service.operations.map((definition) => this.#routed(service, definition)))
      .sort((one, other) => byLabels(one.route, other.route));
  }

  speaks({ url }: Pick<WireRequest, 'url'>): boolean {
    return this.#prefixes.some((prefix) => url.startsWith(prefix));
  }

  operationOf({ method, url }: WireRequest): BoundOperation {
    const segments = pathSegments(url);
    const routed =
      segments && this.#operations.find(({ route }) => matchRoute(route, method, segments) !== undefined);
    if (routed !== undefined) return routed.operation;
    throw new ApiError(
      'UnknownOperationException',
      'The action or operation requested is not valid. Verify that the action is typed correctly.',
    );
  }

  envelope(error: ApiError): ErrorEnvelope {
    return commonEnvelope(error);
  }

  #routed(service: RestJsonService, definition: OperationDefinition): RoutedOperation {
    const { schema } = definition;
    const route = routeOf(schema);
    const exceptions = this.#exceptionsOf(schema[1]);
    const answersNothing = resolveShape(schema[5]).kind === 'unit';
    let gather: GatherInput | undefined;
    let decode: Decode | undefined;
    let encode: Encode | undefined;
    const operation: BoundOperation = {
      service: service.name,
      permissions: permissionsOf(service),
      definition,
      contentType: JSON_CONTENT_TYPE,
      successStatus: route.status,
      // Asked for when something failed: finding out reads the schemas of all exceptions.
      get serverFault() {
        const code = exceptions.has('InternalServerError') ? 'InternalServerError' : 'InternalFailure';
        return new ApiError(code, 'The service encountered an internal error.');
      },
      decodeInput: (request) => {
        gather ??= inputGatherer(schema[4]);
        decode ??= this.#compilers.decoders.compile(schema[4]);
        const { value, escapes } = gather(request, labelsOf(route, request));
        const state = newDecodeState(escapes);
        const input = decode(value, state) as object;
        if (state.missing.length > 0) {
          throw missingMembersError('ValidationException', state.missing.map(shownPath));
        }
        return input;
      },
      encodeOutput: (output) => {
        encode ??= answersNothing ? () => '' : this.#compileOutput(schema);
        return encode(output ?? {});
      },
      envelope: (error) => modelledEnvelope(error, exceptions),
    };
    return { route, operation };
  }

  #compileOutput(schema: OperationSchema): Encode {
    refuseUnknownBindings(schema[5]);
    return this.#compilers.encoders.compile(schema[5]);
  }

  #exceptionsOf(namespace: string): ModelledExceptions<string> {
    const known = this.#exceptions.get(namespace);
    if (known !== undefined) return known;
    const exceptions = new ModelledExceptions(namespace, (of) => this.#compilers.encoders.compile(of));
    this.#exceptions.set(namespace, exceptions);
    return exceptions;
  }
}

/** REST services name members in refusals with a small initial, whatever they are called on the wire. */
function shownPath(path: string): string {
  return path.replace(/(^|\.)[A-Z]/g, (initial) => initial.toLowerCase());
}
