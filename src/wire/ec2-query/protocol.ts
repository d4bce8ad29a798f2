/**
 * EC2's query protocol: `Action=…&Version=…` and the parameters as a form, in the body of a POST or in the query of a
 * GET; answers are XML documents.
 */
import { isUtf8 } from 'node:buffer';
import { ApiError } from '../../domain/errors.ts';
import type { BoundOperation, ErrorEnvelope, Protocol } from '../protocol.ts';
import type { Ec2QueryService, OperationDefinition } from '../service.ts';
import { resolveShape } from '../shape.ts';
import type { WireRequest } from '../sigv4/canonical-request.ts';
import { headerOf } from '../sigv4/signature-claim.ts';
import { type Decode, DecoderCompiler } from './decode.ts';
import { element, type Encode, EncoderCompiler, escapeXml } from './encode.ts';
import { ec2Envelope, INTERNAL_ERROR, XML_CONTENT_TYPE, XML_DECLARATION } from './error-envelope.ts';
import { type Parameter, parseParameters, shown } from './parameters.ts';

const FORM = /^application\/x-www-form-urlencoded(?:\s*;|\s*$)/i;
/** Parameters of every request; those of signatures in the query have the prefix. */
const COMMON = new Set(['Action', 'Version']);
const SIGNATURE_PREFIX = 'X-Amz-';

export class Ec2QueryProtocol implements Protocol {
  readonly #decoders = new DecoderCompiler();
  readonly #encoders = new EncoderCompiler();
  readonly #byAction = new Map<string, BoundOperation>();
  readonly #versions: ReadonlySet<string>;
  readonly #parsed = new WeakMap<WireRequest, Parameter>();

  constructor(services: readonly Ec2QueryService[]) {
    this.#versions = new Set(services.map(({ version }) => version));
    for (const service of services) {
      for (const definition of service.operations) {
        const action = `${service.version} ${definition.name}`;
        if (this.#byAction.has(action)) throw new Error(`${action} is defined twice`);
        this.#byAction.set(action, this.#bind(service, definition));
      }
    }
  }

  speaks(request: WireRequest): boolean {
    return request.method === 'GET' || FORM.test(headerOf(request, 'content-type') ?? '');
  }

  operationOf(request: WireRequest): BoundOperation {
    const { below } = this.#parametersOf(request);
    const action = below.get('Action')?.text;
    const version = below.get('Version')?.text;
    if (action === undefined || action === '') {
      throw new ApiError('MissingAction', 'The request must contain the parameter Action');
    }
    if (version === undefined) {
      throw new ApiError('MissingParameter', 'The request must contain the parameter Version');
    }
    if (!this.#versions.has(version)) {
      throw new ApiError('NoSuchVersion', `The requested version (${shown(version)}) does not exist`);
    }
    const operation = this.#byAction.get(`${version} ${action}`);
    if (operation !== undefined) return operation;
    throw new ApiError('InvalidAction', `The action ${shown(action)} is not valid for this web service.`);
  }

  envelope(error: ApiError, requestId: string): ErrorEnvelope {
    return ec2Envelope(error, requestId);
  }

  #bind({ name, version }: Ec2QueryService, definition: OperationDefinition): BoundOperation {
    const { schema } = definition;
    const head = `${XML_DECLARATION}<${definition.name}Response xmlns="http://ec2.amazonaws.com/doc/${version}/">`;
    const tail = `</${definition.name}Response>`;
    const answersNothing = resolveShape(schema[5]).kind === 'unit';
    let decode: Decode | undefined;
    let encode: Encode | undefined;
    return {
      service: name,
      definition,
      contentType: XML_CONTENT_TYPE,
      serverFault: INTERNAL_ERROR,
      decodeInput: (request) => {
        decode ??= this.#decoders.compile(schema[4]);
        const own = [...this.#parametersOf(request).below].filter(
          ([key]) => !COMMON.has(key) && !key.startsWith(SIGNATURE_PREFIX),
        );
        return decode({ text: undefined, below: new Map(own) }, '') as object;
      },
      encodeOutput: (output, requestId) => {
        encode ??= answersNothing
          ? () => element('return', 'true')
          : this.#encoders.compile(schema[5], definition.name);
        const content = encode(output ?? {});
        return `${head}${element('requestId', escapeXml(requestId))}${content}${tail}`;
      },
      envelope: ec2Envelope,
    };
  }

  #parametersOf(request: WireRequest): Parameter {
    const known = this.#parsed.get(request);
    if (known !== undefined) return known;
    const parameters = readParameters(request);
    this.#parsed.set(request, parameters);
    return parameters;
  }
}

function readParameters({ method, url, body }: WireRequest): Parameter {
  if (method === 'GET') return parseParameters(url.slice(url.indexOf('?') + 1));
  if (!isUtf8(body)) throw new ApiError('MalformedQueryString', 'The query string contains a syntax error.');
  return parseParameters(Buffer.from(body).toString('utf8'));
}
