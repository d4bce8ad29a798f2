import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EVENT_OVERHEAD_BYTES } from '../../../domain/logs/put-batch.ts';
import type { LogEventBatch } from '../../../domain/logs/records.ts';
import { scannedForm } from './event-forms.ts';
import { type ScannedEvents, scanUpload } from './scanned-events.ts';

const head = { logGroupName: 'g', logStreamName: 's' };

function upload(...messages: string[]): Buffer {
  const logEvents = messages.map((message, index) => ({ timestamp: 1_000 + index, message }));
  return Buffer.from(JSON.stringify({ ...head, logEvents }));
}

function scanned(body: Buffer): ScannedEvents {
  const parts = scanUpload(body) ?? assert.fail('left to the decoder');
  assert.deepEqual(JSON.parse(Buffer.from(parts.rest).toString()), { ...head, logEvents: [] });
  return (parts.members as { scanned: ScannedEvents }).scanned;
}

describe('scanUpload', () => {
  it('finds of each event what the decoder finds, and the store gets the same record', () => {
    const messages = [
      'plain',
      '"quoted" \\ and \\\\"',
      '\t\u0001\u001f\u007f',
      'ä€𝄞',
      '{"logEvents":[]}',
      ' ',
    ];
    const { body, events } = scanned(upload(...messages));
    const form = scannedForm(body);
    assert.deepEqual(
      events.map((event) => form.message(event)),
      messages,
    );
    const bytes = messages.map((message) => Buffer.byteLength(message) + EVENT_OVERHEAD_BYTES);
    assert.deepEqual(
      events.map((event) => event.bytes),
      bytes,
    );
    const batch = form.batch(events, 7);
    assert.ok('json' in batch);
    assert.deepEqual(JSON.parse(Buffer.from(batch.json).toString()), {
      ingestionTime: 7,
      firstIndex: 0,
      timestamps: messages.map((_, index) => 1_000 + index),
      messages,
      bytes: bytes.reduce((sum, each) => sum + each),
    } satisfies LogEventBatch);
  });

  it('counts escaped characters by their length in UTF-8', () => {
    const text = String.raw`\u0041\u00e4\u20AC\/\b`;
    const body = Buffer.from(upload('MARK').toString().replace('MARK', text));
    const { events } = scanned(body);
    assert.equal(events[0]?.bytes, 1 + 2 + 3 + 1 + 1 + EVENT_OVERHEAD_BYTES);
  });

  it('leaves to the decoder what has another form, or is to be refused', () => {
    const whole = upload('a', 'b').toString();
    const long = upload('x'.repeat(1_048_576));
    const many = upload(...Array.from({ length: 10_001 }, () => 'x'));
    const others = [
      ...[upload(), upload(''), long, many],
      ...[
        whole.replace('1000', '1002'),
        whole.replace('1000', '01000'),
        whole.replace('1000', '-1'),
        whole.replace('1000', '1e3'),
        whole.replace('1001', String(1_001 + 24 * 3_600_000)),
        whole.replace('"a"', String.raw`"\ud800"`),
        whole.replace('"a"', String.raw`"\x"`),
        whole.replace('"a"', String.raw`"\u00"`),
        whole.replace('"a"', '"\n"'),
        whole.replace('"a"', 'null'),
        whole.replace('"a"', '"a" '),
        whole.replace('},{', '}{'),
        whole.replace('},{', '},'),
        whole.replace('"logEvents"', String.raw`"x\"logEvents"`),
        whole.slice(0, -1),
        `${whole} `,
        `${whole.slice(0, -1)},"logEvents":[]}`,
        '{}',
        '',
      ].map((text) => Buffer.from(text)),
      Buffer.from(whole.replace('"a"', '"\xff"'), 'latin1'),
    ];
    for (const body of others) assert.equal(scanUpload(body), undefined, body.toString('utf8', 0, 200));
  });
});
