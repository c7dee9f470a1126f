import { createServer, type Socket } from 'node:net';
import { type Answering, answerTo, defaultAnswering } from './fake-answers.ts';

/**
 * A program that stands for llama-server where only what is before it is measured: on the unix socket that is its
 * first argument, and on a free TCP port, which it sends to its parent. It reads just as much of HTTP as is needed to
 * answer whole requests of known length, so that it takes little of the processors. As llama-server's router (v0.5.0) it
 * closes a connection after each answer to a POST, on the unix socket: over TCP that would use up the ports.
 * Its parent says how it answers (`Answering`), and when to end by leaving.
 */
const [, , socketPath = ''] = process.argv;
let answering: Answering = defaultAnswering;

const endOfHead = '\r\n\r\n';

function serve(connection: Socket, keeps: boolean): void {
  let received = '';
  // One byte a character: `content-length` counts bytes.
  connection.setEncoding('latin1').setNoDelay(true);
  // Proxies drop connections as they like.
  connection.on('error', () => {});
  connection.on('data', (text: string) => {
    received += text;
    while (true) {
      const head = received.indexOf(endOfHead);
      if (head < 0) return;
      const length = Number(/^content-length: *(\d+)/im.exec(received.slice(0, head))?.[1] ?? 0);
      const end = head + endOfHead.length + length;
      if (received.length < end) return;
      const body = received.slice(head + endOfHead.length, end);
      if (connection.writableEnded) connection.destroy();
      else answer(connection, received.slice(0, head), body, keeps || body === '');
      received = received.slice(end);
    }
  });
}

function answer(connection: Socket, head: string, body: string, keep: boolean): void {
  const { first, tokens } = answerTo(head, body, answering);
  const { service } = answering;
  const start = () => {
    connection.write(first);
    if (tokens.length > 0) paced(connection, tokens, keep);
    else if (!keep) connection.end();
  };
  if (service > 0 && body !== '') setTimeout(start, service);
  else start();
}

function paced(connection: Socket, tokens: readonly string[], keep: boolean): void {
  const chunks = tokens.values();
  const timer = setInterval(() => {
    const { value, done } = chunks.next();
    if (!done && !connection.destroyed) connection.write(value);
    else {
      clearInterval(timer);
      if (!keep) connection.end();
    }
  }, answering.pace);
}

process.on('message', (message: Answering) => {
  answering = message;
  process.send?.('answering');
});
process.on('disconnect', () => process.exit(0));
createServer((connection) => serve(connection, false)).listen(socketPath, () => {
  const overTcp = createServer((connection) => serve(connection, true)).listen(0, '127.0.0.1', () => {
    const address = overTcp.address();
    process.send?.(typeof address === 'object' ? address?.port : undefined);
  });
});
