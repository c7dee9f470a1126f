import { connect } from 'node:net';

/** What came back on a connection of its own until that ended. */
export interface RawAnswer {
  /** 0 where no answer came. */
  readonly status: number;
  readonly body: string;
}

/** Seconds after which a connection that neither side closes counts as hanging. */
const patience = 10;

/**
 * Sends `bytes` as they are.
 * @param leave Whether the client says that nothing more will come.
 * Rejects when the connection stays open though there is nothing more to say.
 */
export function sendRaw(port: number, bytes: Uint8Array, leave: boolean): Promise<RawAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>();
  let answer = '';
  const socket = connect(port, '127.0.0.1');
  socket.setTimeout(patience * 1000, () => {
    reject(new Error(`The connection hangs after ${JSON.stringify(answer)}.`));
    socket.destroy();
  });
  socket.setEncoding('utf8').on('data', (text) => {
    answer += text;
  });
  // The gateway may close while much of a request is still to come.
  socket.on('error', () => {});
  socket.on('close', () => resolve(readAnswer(answer)));
  if (leave) socket.end(bytes);
  else socket.write(bytes);
  return promise;
}

function readAnswer(text: string): RawAnswer {
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1] ?? 0);
  const head = text.indexOf('\r\n\r\n');
  return { status, body: head < 0 ? '' : text.slice(head + 4) };
}
