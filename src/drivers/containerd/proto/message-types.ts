/**
 * TypeScript types derived from the table of messages. In a request every member may be left out (it is then the
 * type's zero value on the wire); in a response scalars, lists and maps are always there, messages may be missing.
 */
import type { MESSAGES } from './messages.ts';

type Messages = typeof MESSAGES;
export type MessageName = keyof Messages;

type Scalar<T> = T extends 'string'
  ? string
  : T extends 'bool'
    ? boolean
    : T extends 'int32' | 'int64' | 'uint32' | 'enum'
      ? number
      : never;

type ScalarName = 'string' | 'bool' | 'bytes' | 'int32' | 'int64' | 'uint32' | 'enum';

type RequestValue<T> = T extends 'bytes' ? Uint8Array : T extends MessageName ? Request<T> : Scalar<T>;
type ResponseValue<T> = T extends 'bytes' ? Buffer : T extends MessageName ? Response<T> : Scalar<T>;

type RequestMember<F> = F extends `${number} repeated ${infer T}`
  ? readonly RequestValue<T>[]
  : F extends `${number} map ${infer T}`
    ? Readonly<Record<string, RequestValue<T>>>
    : F extends `${number} ${infer T}`
      ? RequestValue<T>
      : never;

type ResponseMember<F> = F extends `${number} repeated ${infer T}`
  ? readonly ResponseValue<T>[]
  : F extends `${number} map ${infer T}`
    ? Readonly<Record<string, ResponseValue<T>>>
    : F extends `${number} ${infer T extends ScalarName}`
      ? ResponseValue<T>
      : F extends `${number} ${infer T extends MessageName}`
        ? Response<T> | undefined
        : never;

/** What is sent: every member may be left out. */
export type Request<M extends MessageName> = {
  readonly [K in keyof Messages[M]]?: RequestMember<Messages[M][K]> | undefined;
};

/** What is received: only messages may be missing. */
export type Response<M extends MessageName> = {
  readonly [K in keyof Messages[M]]: ResponseMember<Messages[M][K]>;
};
