/** The exceptions that a service models, which the SDK registers by namespace. */
import { TypeRegistry } from '@smithy/core/schema';
import { resolveShape, type SchemaRef, type StructureShape } from './shape.ts';

export interface ExceptionSchema {
  readonly schema: SchemaRef;
  readonly shape: StructureShape;
}

/** Undefined when the service models no exception of this name. */
export function exceptionSchema(namespace: string, name: string): ExceptionSchema | undefined {
  const schema: SchemaRef = TypeRegistry.for(namespace).find((candidate) => {
    const [, of, called] = candidate as unknown as readonly unknown[];
    return of === namespace && called === name;
  });
  const shape = schema === undefined ? undefined : resolveShape(schema);
  return shape?.kind === 'error' ? { schema, shape } : undefined;
}

/** What an exception is called in the query protocol, when it has a name of its own there. */
export function queryError({
  traits,
}: StructureShape): { readonly code: string; readonly status: number } | undefined {
  const { awsQueryError } = traits;
  if (!Array.isArray(awsQueryError)) return undefined;
  const [code, status] = awsQueryError as [string, number];
  return { code, status };
}
