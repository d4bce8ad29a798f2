/** A name server on loopback that knows no name, in a process of its own: tells its port, and answers until it is killed. */
import { createSocket } from 'node:dgram';
import { buildAnswer, DNS_CODE, isQuery, readQuery } from '../../src/domain/network/names/dns-message.ts';

const socket = createSocket('udp4', (message, { port, address }) => {
  const query = readQuery(message);
  if (query === undefined || !isQuery(query)) return;
  socket.send(buildAnswer(query, { code: DNS_CODE.unknownName }), port, address);
});
socket.bind(0, '127.0.0.1', () => process.send?.(socket.address().port));
