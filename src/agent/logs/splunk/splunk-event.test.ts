import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasKind } from '../../../domain/errors.ts';
import type { OutputLine } from '../line-reader.ts';
import { splunkEncoder } from './splunk-event.ts';
import { splunkOptions } from './splunk-options.ts';

const ORIGIN = {
  host: 'ip-10-0-0-4.ec2.internal',
  containerId: '0123456789abcdef0123456789abcdef-0000000001',
  containerName: 'app',
  imageName: 'example/app:1',
  labels: { team: 'shop', tier: 'web' },
  environment: { STAGE: 'test' },
};

const line = (text: string): OutputLine => ({
  source: 'stdout',
  text,
  bytes: text.length + 1,
  end: 0,
  timestamp: 1_700_000_000_250,
});

function encoded(text: string, options: Record<string, string> = {}): string | undefined {
  const given = { 'splunk-url': 'https://splunk.test:8088', 'splunk-token': 't', ...options };
  return splunkEncoder(given, splunkOptions(given), ORIGIN)(line(text))?.toString();
}

describe('Events for Splunk', () => {
  it('have the members and the order of Docker’s driver', () => {
    assert.equal(
      encoded('it "works"', { 'splunk-source': 's', 'splunk-sourcetype': 'st', 'splunk-index': 'main' }),
      '{"event":{"line":"it \\"works\\"","source":"stdout","tag":"0123456789ab"},' +
        '"time":"1700000000.250000","host":"ip-10-0-0-4.ec2.internal",' +
        '"source":"s","sourcetype":"st","index":"main"}',
    );
  });

  it('hold labels and variables that are named, and those only', () => {
    const event = encoded('a', { labels: 'team,none', env: 'STAGE', tag: '' });
    assert.deepEqual(JSON.parse(event ?? '').event, {
      line: 'a',
      source: 'stdout',
      attrs: { team: 'shop', STAGE: 'test' },
    });
  });

  it('hold JSON as it was written with the format json, and else the text', () => {
    const json = { 'splunk-format': 'json', tag: '' };
    assert.match(
      encoded('{"id": 12345678901234567890}', json) ?? '',
      /"line":\{"id": 12345678901234567890\},/,
    );
    assert.match(encoded('{"id": ', json) ?? '', /"line":"\{\\"id\\": ",/);
    assert.match(encoded('{"a":1}', { tag: '' }) ?? '', /"line":"\{\\"a\\":1\}",/);
  });

  it('are texts behind tag and attributes with the format raw, white space left out', () => {
    const raw = { 'splunk-format': 'raw', labels: 'team', tag: '{{.Name}}' };
    assert.equal(JSON.parse(encoded('hello', raw) ?? '').event, 'app team=shop hello');
    assert.equal(encoded(' \t', raw), undefined);
    assert.notEqual(encoded(' \t'), undefined);
  });

  it('have tags by Docker’s templates', () => {
    const tag = (template: string) => JSON.parse(encoded('a', { tag: template }) ?? '').event.tag;
    assert.equal(tag('{{.ImageName}}/{{.Name}}/{{ .FullID }}'), `example/app:1/app/${ORIGIN.containerId}`);
    assert.throws(
      () => tag('{{.Colour}}'),
      (error) => hasKind(error, 'invalid'),
    );
  });
});
