/** Runs a table of definitions that registration refuses. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { prepareDefinition } from '../../../../src/domain/ecs/registration/prepare-definition.ts';
import { isApiError } from '../../../../src/domain/errors.ts';
import type { DefinitionRefusal } from './refusal.ts';

export function refusesDefinitions(subject: string, rows: readonly DefinitionRefusal[]): void {
  describe(`registration: ${subject}`, () => {
    for (const { name, input, message } of rows) {
      it(`refuses ${name}`, () => {
        assert.throws(
          () => prepareDefinition(input, '000000000000'),
          (error) => {
            assert.ok(isApiError(error, 'ClientException'), String(error));
            assert.equal(error.message, message);
            return true;
          },
        );
      });
    }
  });
}
