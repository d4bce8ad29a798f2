import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Logger } from '../ports/logger.ts';
import { agentConnections, doorConnections } from './open-files.ts';

/** A logger that keeps warnings. */
function recorder() {
  const warnings: unknown[] = [];
  const ignore = () => undefined;
  const logger: Logger = {
    ...{ debug: ignore, info: ignore, error: ignore },
    warn: (_message, fields) => void warnings.push(fields),
    child: () => logger,
  };
  return { logger, warnings };
}

describe('connections by the limit of open files', () => {
  it('are as many as usual where it is high, and nothing is said', () => {
    const { logger, warnings } = recorder();
    for (const openFiles of [1_048_576, Number.POSITIVE_INFINITY]) {
      assert.deepEqual(doorConnections(logger, openFiles), { ofCallers: 16_384, ofTasks: 8_192 });
      assert.equal(agentConnections(logger, openFiles), 4_096);
    }
    assert.deepEqual(warnings, []);
  });

  it('leave room for files where it is low, which is said once', () => {
    for (const openFiles of [256, 1024, 4096, 20_000]) {
      const { logger, warnings } = recorder();
      const { ofCallers, ofTasks } = doorConnections(logger, openFiles);
      const left = openFiles - ofCallers - ofTasks;
      assert.ok(left >= Math.min(512, openFiles / 2), `${left} of ${openFiles} are left`);
      assert.ok(ofCallers >= openFiles / 4 && ofTasks >= openFiles / 8, `${ofCallers}, ${ofTasks}`);
      assert.deepEqual(warnings, [{ openFiles, ofCallers, ofTasks }]);
    }
  });

  it('of tasks take two files each at an agent', () => {
    const { logger, warnings } = recorder();
    assert.equal(agentConnections(logger, 1024), 128);
    assert.deepEqual(warnings, [{ openFiles: 1024, connections: 128 }]);
  });
});
