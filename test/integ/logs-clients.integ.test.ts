/** Logs Insights as boto3 and Debian's AWS CLI ask it, also after the control plane was killed. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Neargate } from '../support/neargate/instance.ts';
import { aws, python, toolsMissing } from '../support/neargate/python.ts';
import { patient } from '../../src/ports/testing/patience.ts';

const PUT = `
import boto3, os, time
logs = boto3.client('logs', endpoint_url=os.environ['ENDPOINT'])
logs.create_log_group(logGroupName='/web')
now = int(time.time()) * 1000
for stream in ('one', 'two'):
    logs.create_log_stream(logGroupName='/web', logStreamName=stream)
    logs.put_log_events(logGroupName='/web', logStreamName=stream, logEvents=[
        {'timestamp': now + n, 'message': 'GET /%s took %d ms' % ('ab'[n % 2], 10 * n)} for n in range(50)])
`;

const ASK = `
import boto3, os, time
logs = boto3.client('logs', endpoint_url=os.environ['ENDPOINT'])
now = int(time.time())

def results(query_id):
    while True:
        answer = logs.get_query_results(queryId=query_id)
        if answer['status'] not in ('Scheduled', 'Running'):
            return answer

def ask(query, **more):
    return logs.start_query(logGroupName='/web', startTime=now - 3600, endTime=now + 3600, queryString=query, **more)['queryId']

def show(answer):
    print(answer['status'], [[cell['value'] for cell in row if cell['field'] != '@ptr'] for row in answer['results']],
          answer['statistics']['recordsMatched'], answer['statistics']['recordsScanned'])

stats = ask(r'parse @message /GET (?<path>\\S+) took (?<ms>\\d+)/ | filter ms >= 100 | stats count(*), avg(ms) by path | sort path')
show(results(stats))
glob = results(ask('parse "GET * took * ms" as path, ms | filter path = "/b" | sort ms desc | display path, ms', limit=2))
show(glob)
pointer = [cell['value'] for cell in glob['results'][0] if cell['field'] == '@ptr'][0]
record = logs.get_log_record(logRecordPointer=pointer)['logRecord']
print(record['@message'], record['@log'], record['@logStream'] in ('one', 'two'))
print([(query['queryId'] == stats, query['status'], query['logGroupName']) for query in logs.describe_queries()['queries']][-1])
for query in ('fields @message | frobnicate', r'parse @message /(x)/', r'filter @message like /(/'):
    try:
        ask(query)
    except logs.exceptions.MalformedQueryException as error:
        print(error)
try:
    logs.stop_query(queryId=stats)
except logs.exceptions.InvalidParameterException as error:
    print(error)
print(stats)
`;

const skip = (await toolsMissing()) ?? false;

describe('Logs Insights with boto3 and the AWS CLI', { skip, timeout: patient(240_000) }, () => {
  let neargate: Neargate;
  before(async () => {
    neargate = await Neargate.start({ flags: ['--fake'] });
  });
  after(() => neargate?.close());

  it('answers queries, shows records, and refuses in AWS’s exceptions', async () => {
    await python(neargate, PUT, {});
    const lines = (await python(neargate, ASK, {})).trim().split('\n');
    const queryId = lines.pop() ?? '';
    const refusal = (code: string, operation: string, words: string): string =>
      `An error occurred (${code}) when calling the ${operation} operation: ${words}`;
    assert.deepEqual(lines, [
      "Complete [['/a', '40', '290'], ['/b', '40', '300']] 80 100",
      "Complete [['/b', '490'], ['/b', '490']] 50 100",
      'GET /b took 490 ms 000000000000:/web True',
      "(True, 'Complete', '/web')",
      refusal('MalformedQueryException', 'StartQuery', 'unexpected symbol found frobnicate at position 18'),
      refusal('MalformedQueryException', 'StartQuery', 'parse needs a named group in its regular expression'),
      refusal('MalformedQueryException', 'StartQuery', 'Invalid regular expression: ('),
      refusal('InvalidParameterException', 'StopQuery', 'The specified query is not running.'),
    ]);

    await neargate.killControlPlane();
    await neargate.startAgain();
    for (let status = 'Running'; status === 'Running'; ) {
      const answer = await aws(neargate, 'logs', 'get-query-results', '--query-id', queryId);
      const { results, ...said } = answer as {
        status: string;
        results: { field: string; value: string }[][];
      };
      ({ status } = said);
      if (status === 'Running') continue;
      assert.deepEqual(
        results.map((row) => row.map(({ value }) => value)),
        [
          ['/a', '40', '290'],
          ['/b', '40', '300'],
        ],
      );
    }
  });
});
