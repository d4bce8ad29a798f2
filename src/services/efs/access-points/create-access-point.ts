import {
  type AccessPointDescription,
  CreateAccessPoint$,
  type CreateAccessPointRequest,
} from '@aws-sdk/client-efs';
import type { AccessPointRecord, EfsTokenRecord } from '../../../domain/efs/records.ts';
import { ApiError } from '../../../domain/errors.ts';
import { keys } from '../../../domain/keys.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { efsId } from '../efs-ids.ts';
import { touch } from '../efs-records.ts';
import type { EfsParts } from '../parts.ts';
import { readRequest } from './access-point-request.ts';
import { accessPointView } from './access-point-view.ts';

/** AWS's quota for each file system since 2025; it was 120 in the time of platform version 1.4.0's first years. */
const MAX_ACCESS_POINTS = 10_000;

export function createAccessPointOperation({ records, store, clock, ids }: EfsParts) {
  return operation(
    CreateAccessPoint$,
    async (input: CreateAccessPointRequest, { scope }: RequestContext): Promise<AccessPointDescription> => {
      const asked = readRequest(input);
      const accessPointId = efsId('access-point', (length) => ids.hex(length));
      const token = keys.efsToken(scope, 'access-point', asked.clientToken);
      const record = await records.change(async () => {
        const fileSystem = await records.requireFileSystem(scope, input.FileSystemId ?? '');
        const { fileSystemId } = fileSystem.value;
        const known = await store.get<EfsTokenRecord>(token);
        if (known !== undefined) throw alreadyExists(known.value.id, asked.clientToken);
        const others = await records.below(scope, 'access-point', fileSystemId);
        if (others.length >= MAX_ACCESS_POINTS) throw limitExceeded(fileSystemId);
        const answer: AccessPointRecord = { accessPointId, fileSystemId, createdAt: clock.now(), ...asked };
        const touched = touch(scope, fileSystem);
        return {
          answer,
          conditions: [touched.condition, { key: token, revision: 0 }],
          writes: [
            touched.write,
            { put: token, value: { id: accessPointId } satisfies EfsTokenRecord },
            { put: keys.efs(scope, 'access-point', accessPointId), value: answer },
          ],
        };
      });
      return accessPointView(record, scope);
    },
  );
}

function alreadyExists(accessPointId: string, token: string): ApiError {
  return new ApiError(
    'AccessPointAlreadyExists',
    `Access point '${accessPointId}' already exists with client token '${token}'`,
    { AccessPointId: accessPointId },
  );
}

function limitExceeded(fileSystemId: string): ApiError {
  return new ApiError(
    'AccessPointLimitExceeded',
    `File system '${fileSystemId}' has reached the maximum number of access points (${MAX_ACCESS_POINTS}).`,
  );
}
