import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasKind } from '../../errors.ts';
import {
  DEFAULT_FLOW_LOG_FORMAT,
  FLOW_LOG_FIELDS,
  type FlowLogField,
  formatOf,
  headerLine,
  parseFlowLogFormat,
} from './flow-log-format.ts';

describe('formats of flow logs', () => {
  it("have AWS's default", () => {
    assert.equal(
      DEFAULT_FLOW_LOG_FORMAT,
      '${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ' +
        '${packets} ${bytes} ${start} ${end} ${action} ${log-status}',
    );
    assert.equal(parseFlowLogFormat(DEFAULT_FLOW_LOG_FORMAT).version, 2);
  });

  it('are read with every field there is, in the order given', () => {
    const all = Object.keys(FLOW_LOG_FIELDS).toReversed() as FlowLogField[];
    const format = parseFlowLogFormat(formatOf(all));
    assert.deepEqual(format, { fields: all, version: 7 });
    assert.equal(headerLine(format), all.join(' '));
  });

  const versions = [
    ['${srcaddr}', 2],
    ['${tcp-flags} ${srcaddr}', 3],
    ['${az-id} ${vpc-id}', 4],
    ['${version} ${traffic-path} ${region}', 5],
    ['${version} ${ecs-task-id}', 7],
  ] as const;
  for (const [text, version] of versions) {
    it(`have the version of their newest field: ${text} has ${version}`, () => {
      assert.equal(parseFlowLogFormat(text).version, version);
    });
  }

  const wrong = [
    ['', 'nothing'],
    ['${version} ${srcaddr} ', 'a space at the end'],
    ['${version}  ${srcaddr}', 'two spaces'],
    ['${version},${srcaddr}', 'other separators'],
    ['version srcaddr', 'bare names'],
  ] as const;
  for (const [text, what] of wrong) {
    it(`refuse ${what}, in AWS's words`, () => {
      assert.throws(
        () => parseFlowLogFormat(text),
        (error) =>
          hasKind(error, 'invalid') &&
          error.message ===
            `1 validation error detected: Value '${text}' at 'logFormat' has an invalid format`,
      );
    });
  }

  const unknown = [
    ['${version} ${source} ${end} ${windowend}', "'source', 'windowend'", 'what does not exist'],
    ['${constructor}', "'constructor'", "a name of JavaScript's own"],
    ['${reject-reason}', "'reject-reason'", 'a field of a later version'],
  ] as const;
  for (const [text, fields, what] of unknown) {
    it(`refuse fields by name: ${what}`, () => {
      assert.throws(
        () => parseFlowLogFormat(text),
        (error) => hasKind(error, 'invalid') && error.message === `Unknown fields provided: ${fields}`,
      );
    });
  }
});
