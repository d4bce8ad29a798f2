/**
 * The codec of one operation: request body to input and output to response body for the front door, and the other
 * way round for a client. Knows no HTTP. Bytes in, bytes out; all failures are ApiErrors in AWS's words.
 */
import { isUtf8 } from 'node:buffer';
import { ApiError } from '../../domain/errors.ts';
import type { OperationSchema } from '../service.ts';
import { type Decode, DecoderCompiler, newDecodeState, serializationError } from './decode.ts';
import { type Encode, EncoderCompiler } from './encode.ts';
import { resolveShape } from '../shape.ts';

/** Compiles schemas once and shares what operations have in common. */
export class SchemaCodecs {
  readonly decoders = new DecoderCompiler();
  readonly encoders = new EncoderCompiler();

  operation(schema: OperationSchema): OperationCodec {
    return new OperationCodec(schema, this);
  }
}

export class OperationCodec {
  readonly #schema: OperationSchema;
  readonly #codecs: SchemaCodecs;
  #decodeInput: Decode | undefined;
  #encodeOutput: Encode | undefined;

  constructor(schema: OperationSchema, codecs: SchemaCodecs) {
    this.#schema = schema;
    this.#codecs = codecs;
  }

  /** A request body as the operation's input; an empty body is `{}`. `missing` lists required members that are not there. */
  decodeInput(body: Uint8Array): { readonly input: object; readonly missing: readonly string[] } {
    this.#decodeInput ??= this.#codecs.decoders.compile(this.#schema[4]);
    const { value, escapes } = parseJson(body);
    const state = newDecodeState(escapes);
    const input = this.#decodeInput(value, state) as object;
    return { input, missing: state.missing };
  }

  /** Response text for an output; empty for operations that answer nothing. Throws TypeError on a value of a wrong type. */
  encodeOutput(output: unknown): string {
    this.#encodeOutput ??= this.#compileOutput();
    return this.#encodeOutput(output ?? {});
  }

  #compileOutput(): Encode {
    const answersNothing = resolveShape(this.#schema[5]).kind === 'unit';
    return answersNothing ? () => '' : this.#codecs.encoders.compile(this.#schema[5]);
  }

  /** For clients: the request body of an input. */
  encodeInput(input: unknown): string {
    return this.#codecs.encoders.compile(this.#schema[4], this.#schema[2])(input);
  }

  /** For clients: a response body as the operation's output, lenient about members that are not there. */
  decodeOutput(body: Uint8Array): unknown {
    const { value, escapes } = parseJson(body);
    return this.#codecs.decoders.compile(this.#schema[5])(value, newDecodeState(escapes));
  }
}

/** Parses a body; throws SerializationException when it is not UTF-8 or not JSON. */
export function parseJson(body: Uint8Array): { readonly value: unknown; readonly escapes: boolean } {
  if (body.byteLength === 0) return { value: {}, escapes: false };
  if (!isUtf8(body)) throw serializationError('Request body is not valid UTF-8');
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  try {
    return { value: JSON.parse(text) as unknown, escapes: text.includes('\\u') };
  } catch {
    // Without the parser's own words: they quote the body.
    throw serializationError('Could not parse request body into json');
  }
}

/** AWS's one error for all required members that are not there. `code` is the service's exception for bad input. */
export function missingMembersError(code: string, missing: readonly string[]): ApiError {
  const details = missing
    .slice(0, 20)
    .map(
      (path) => `Value null at '${path.slice(0, 200)}' failed to satisfy constraint: Member must not be null`,
    );
  const count = `${missing.length} validation error${missing.length === 1 ? '' : 's'} detected: `;
  return new ApiError(code, count + details.join('; '));
}
