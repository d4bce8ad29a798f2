/**
 * The codec of one operation: request body to input and output to response body for the front door, and the other
 * way round for a client. Knows no HTTP. Bytes in, bytes out; all failures are ApiErrors in AWS's words.
 */
import { parseJson } from '../json/body.ts';
import { type Decode, newDecodeState } from '../json/decode.ts';
import type { Encode } from '../json/encode.ts';
import { SchemaCompilers } from '../json/schema-compilers.ts';
import type { OperationSchema } from '../service.ts';
import { resolveShape } from '../shape.ts';

/** Compiles schemas once and shares what operations have in common. */
export class SchemaCodecs extends SchemaCompilers {
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
