import { PutParameter$, type PutParameterRequest, type PutParameterResult } from '@aws-sdk/client-ssm';
import { checkTags } from '../../domain/ecs/tags.ts';
import { ApiError } from '../../domain/errors.ts';
import { keys } from '../../domain/keys.ts';
import type { ParameterRecord, ParameterType } from '../../domain/ssm/records.ts';
import { operation, type OperationDefinition, type RequestContext } from '../../wire/service.ts';
import { transactWithRetry } from '../transact.ts';
import { checkName, checkTier, invalid } from './constraints.ts';
import type { SsmDeps } from './deps.ts';
import { keepVersion } from './parameter-versions.ts';

const TYPES: readonly string[] = ['String', 'StringList', 'SecureString'];
const USUAL_KEY = 'alias/aws/ssm';

export function putParameter(deps: SsmDeps): OperationDefinition {
  const { store } = deps;
  return operation(
    PutParameter$,
    async (input: PutParameterRequest, context): Promise<PutParameterResult> => {
      const name = checkName(input.Name);
      refuseUnsupported(input);
      const { version, tier } = await transactWithRetry(store, async () => {
        const key = keys.parameter(context.scope, name);
        const known = await store.get<ParameterRecord>(key);
        checkOverwrite(input, known?.value);
        const next = recordOf(deps, input, context, { name, known: known?.value });
        const conditions = [{ key, revision: known?.revision ?? 0 }];
        const kept = known === undefined ? [] : await keepVersion(store, context.scope, known.value);
        return { answer: next, conditions, writes: [...kept, { put: key, value: next }] };
      });
      return { Version: version, Tier: tier as NonNullable<PutParameterResult['Tier']> };
    },
  );
}

function recordOf(
  { clock, sealed }: SsmDeps,
  input: PutParameterRequest,
  { scope, principalArn }: RequestContext,
  { name, known }: { readonly name: string; readonly known: ParameterRecord | undefined },
): ParameterRecord {
  const value = input.Value ?? '';
  const type = typeOf(input, known);
  const description = input.Description ?? known?.description;
  const tags = input.Tags?.map(({ Key, Value }) => ({ key: Key ?? '', value: Value ?? '' }));
  return {
    name,
    type,
    sealed: sealed.seal(value, keys.parameter(scope, name)),
    version: (known?.version ?? 0) + 1,
    modifiedAt: clock.now(),
    modifiedBy: principalArn,
    tier: checkTier(input.Tier, value),
    dataType: input.DataType ?? known?.dataType ?? 'text',
    ...(description !== undefined && { description }),
    ...(type === 'SecureString' && { keyId: input.KeyId ?? known?.keyId ?? USUAL_KEY }),
    tags: tags === undefined ? (known?.tags ?? []) : checkTags(tags, 'ValidationException'),
  };
}

function typeOf({ Type: type }: PutParameterRequest, known: ParameterRecord | undefined): ParameterType {
  if (type === undefined && known !== undefined) return known.type;
  if (type === undefined) throw invalid('A parameter type is required when you create a parameter.');
  if (!TYPES.includes(type)) {
    throw new ApiError('UnsupportedParameterType', `The parameter type ${type} is not supported.`);
  }
  if (known === undefined || known.type === type) return type;
  throw new ApiError(
    'HierarchyTypeMismatchException',
    `The parameter is a ${known.type}, and its type can't be changed. Create a new, unique parameter.`,
  );
}

function checkOverwrite(
  { Overwrite = false, Tags }: PutParameterRequest,
  known: ParameterRecord | undefined,
) {
  if (Overwrite && Tags !== undefined && Tags.length > 0) {
    throw invalid(
      "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag.",
    );
  }
  if (known === undefined || Overwrite) return;
  throw new ApiError(
    'ParameterAlreadyExists',
    'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
  );
}

/** Better refused than kept without effect. */
function refuseUnsupported({ AllowedPattern, Policies, DataType = 'text' }: PutParameterRequest): void {
  if (AllowedPattern !== undefined && AllowedPattern !== '') {
    throw invalid('Neargate does not support AllowedPattern.');
  }
  if (Policies !== undefined && Policies !== '' && Policies !== '[]') {
    throw invalid('Neargate does not support parameter policies.');
  }
  if (DataType !== 'text') throw invalid(`The data type ${DataType.slice(0, 100)} is not supported.`);
}
