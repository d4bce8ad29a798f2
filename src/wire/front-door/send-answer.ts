/** How answers, and refusals of what is no HTTP, are written. */
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { commonErrorEnvelope } from '../aws-json/exceptions.ts';
import type { Answer } from './dispatcher.ts';

/** Has neither a body nor headers that describe one. */
const NO_CONTENT = 204;

/** Writes a whole answer. */
export function send(response: ServerResponse, answer: Answer, requestId: string): void {
  // Name, value, name, value …: the form that Node writes without another look-up.
  const headers = ['x-amzn-RequestId', requestId];
  if (answer.status !== NO_CONTENT) {
    headers.push('Content-Type', answer.contentType);
    headers.push('Content-Length', String(Buffer.byteLength(answer.body)));
  }
  if (answer.errorCode !== undefined) headers.push('x-amzn-ErrorType', answer.errorCode);
  for (const name in answer.headers) headers.push(name, answer.headers[name] ?? '');
  response.writeHead(answer.status, headers);
  response.end(answer.body);
}

/** Ends a connection with an answer: for bytes that are no HTTP, headers over the limit, or a request that takes too long. */
export function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, code] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? ['431 Request Header Fields Too Large', 'MalformedHttpRequestException']
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? ['408 Request Timeout', 'RequestTimeoutException']
        : ['400 Bad Request', 'MalformedHttpRequestException'];
  const { body } = commonErrorEnvelope(code, 'The request could not be read as HTTP.');
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/x-amz-json-1.1\r\nx-amzn-ErrorType: ${code}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
