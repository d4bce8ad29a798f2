/** What one PutLogEvents may hold. */
export const MAX_EVENTS = 10_000;
export const MAX_UPLOAD_BYTES = 1_048_576;
export const MAX_SPAN_MS = 24 * 3_600_000;
