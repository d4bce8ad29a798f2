import { PutMetricData$, type PutMetricDataInput } from '@aws-sdk/client-cloudwatch';
import { operation } from '../../wire/service.ts';
import type { CloudWatchDeps } from './deps.ts';
import { checkEntity } from './entities.ts';
import { givenData } from './metric-data.ts';
import { checkName, checkSize, invalidParameter, missingParameter } from './refusals.ts';

const MOST_DATA = 1000;
const MOST_ENTITIES = 2;
const RESERVED = 'AWS/';

/** PutMetricData: all of a request's data, or none of them. Entities are looked at where that is asked for. */
export function putMetricData({ metrics, clock }: CloudWatchDeps) {
  return operation(PutMetricData$, async (input: PutMetricDataInput, { scope }): Promise<void> => {
    const { Namespace: namespace = '', EntityMetricData: entities = [] } = input;
    checkName(namespace, 'Namespace');
    if (namespace.startsWith(RESERVED)) throw invalidParameter(RESERVED, 'Namespace');
    checkSize(entities, MOST_ENTITIES, 'EntityMetricData');
    const places = [
      ...placesOf(input.MetricData, 'MetricData'),
      ...entities.flatMap(({ MetricData: data }, index) =>
        placesOf(data, `EntityMetricData.member.${index + 1}.MetricData`),
      ),
    ];
    if (places.length === 0) throw missingParameter('MetricData');
    checkSize(places, MOST_DATA, 'MetricData');
    if (input.StrictEntityValidation === true) {
      for (const { Entity: entity = {} } of entities) checkEntity(entity);
    }
    await metrics.put(scope, givenData(namespace, places, clock.now()));
  });
}

function placesOf(data: PutMetricDataInput['MetricData'], name: string) {
  return (data ?? []).map((datum, index) => ({ datum, place: `${name}.member.${index + 1}` }));
}
