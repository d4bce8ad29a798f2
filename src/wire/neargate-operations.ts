/**
 * Operations of Neargate itself, beside AWS's, for its own command line: signed and encoded as those are. Their schemas
 * are laid out as the SDK lays out AWS's.
 */
import type { OperationSchema } from './service.ts';

export const NEARGATE_SERVICE = 'neargate';
export const NEARGATE_TARGET_PREFIX = 'Neargate_20261101';

const NAMESPACE = 'org.neargate';
const [STRING, NUMBER] = [0, 1];
const [LIST, STRUCTURE, OPERATION] = [1, 3, 9] as const;

/** A pull that is under way for a task of the caller's account and region. */
export interface PullView {
  taskArn?: string;
  image?: string;
  phase?: string;
  layersDone?: number;
  layersUnpacked?: number;
  layersTotal?: number;
  bytesDone?: number;
  bytesTotal?: number;
}

export interface ListImagePullsResponse {
  pulls?: PullView[];
}

const pullView = [
  STRUCTURE,
  NAMESPACE,
  'PullView',
  0,
  ['taskArn', 'image', 'phase', 'layersDone', 'layersUnpacked', 'layersTotal', 'bytesDone', 'bytesTotal'],
  [STRING, STRING, STRING, NUMBER, NUMBER, NUMBER, NUMBER, NUMBER],
];
const request = [STRUCTURE, NAMESPACE, 'ListImagePullsRequest', 0, [], []];
const response = [
  STRUCTURE,
  NAMESPACE,
  'ListImagePullsResponse',
  0,
  ['pulls'],
  [[LIST, NAMESPACE, 'PullViews', 0, pullView]],
];

export const ListImagePulls$: OperationSchema = [
  OPERATION,
  NAMESPACE,
  'ListImagePulls',
  0,
  request,
  response,
];
