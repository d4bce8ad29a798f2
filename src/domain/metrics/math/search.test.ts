import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MetricIdentity } from '../metric.ts';
import { ExpressionError } from './expression-error.ts';
import { parseSearch } from './search.ts';

const metric = (
  namespace: string,
  name: string,
  dimensions: Readonly<Record<string, string>> = {},
): MetricIdentity => ({
  namespace,
  name,
  dimensions: Object.entries(dimensions).map(([key, value]) => ({ name: key, value })),
});

const METRICS = {
  cpu: metric('ECS/ContainerInsights', 'CpuUtilized', { ClusterName: 'default' }),
  task: metric('ECS/ContainerInsights', 'CpuUtilized', { ClusterName: 'default', TaskId: '0a1b' }),
  memory: metric('ECS/ContainerInsights', 'MemoryUtilized', { ClusterName: 'other' }),
  app: metric('My App', 'Requests'),
};

describe('searches for metrics', () => {
  for (const [search, found] of Object.entries({
    '': ['cpu', 'task', 'memory', 'app'],
    '{ECS/ContainerInsights,ClusterName}': ['cpu', 'memory'],
    '{ECS/ContainerInsights,TaskId,ClusterName} cpu': ['task'],
    '{"My App"}': ['app'],
    'cpu utilized': ['cpu', 'task'],
    'MetricName="CpuUtilized"': ['cpu', 'task'],
    'MetricName="Cpu"': [],
    'MetricName=cpu': ['cpu', 'task'],
    'ClusterName=other': ['memory'],
    'Namespace="My App" OR memory': ['memory', 'app'],
    'utilized NOT default': ['memory'],
    'utilized AND (other OR TaskId)': ['task', 'memory'],
    '"default"': ['cpu', 'task'],
  })) {
    it(`'${search}' finds ${found.length === 0 ? 'nothing' : found.join(', ')}`, () => {
      const { matches } = parseSearch(search);
      const names = Object.entries(METRICS).filter(([, each]) => matches(each));
      assert.deepEqual(
        names.map(([name]) => name),
        found,
      );
    });
  }

  for (const search of ['(cpu', 'cpu)', 'NOT', 'cpu OR', '=', '"open', `${'NOT '.repeat(60)}cpu`]) {
    it(`refuse '${search.slice(0, 20)}'`, () => assert.throws(() => parseSearch(search), ExpressionError));
  }
});
